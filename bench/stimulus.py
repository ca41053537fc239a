"""Whether what is sent is what was asked for: sent times beside intended ones, to the null server.

Constant arrivals: as many as rate times duration says, exactly, and how far the gaps between sends
stray from the one that was asked for. Poisson arrivals, each run with a seed of its own: whether
the gaps, as intended and as sent, pass a Kolmogorov-Smirnov test of the exponential law at 1%,
which one right run in a hundred fails.

Exit code 1 when a count isn't exact, or fewer than 97 of 100 runs pass as they were intended.

    scripts/bench stimulus                   # about three minutes
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
from _setting import need_two_cores
from contend import _engine
from contend.certify.oracle import serve_null
from contend.durations import S_NS
from contend.machine.cores import available_cores, divide
from contend.suites.load import Load
from contend.trials.spec import Pacing, engine_spec, spec_of
from scipy import stats

CONSTANT = (100, 1_000, 5_000, 20_000)
POISSON = 20_000
LEVEL, LEAST_PASSES = 0.01, 0.97


def sent(target: Any, cores: Any, kind: str, rate: float, seed: int, pacing: Pacing) -> Any:
    """Rows of intended and sent times of one second, in ns, and how many were scheduled."""
    load = Load(kind, 64, rate)
    spec = spec_of(target.asks, load, cores, seed=seed, pacing=pacing, duration_ns=S_NS)
    given = engine_spec(spec)
    given.most_samples = round(rate * 1.5) + 1_000
    given.warmup_ns = S_NS // 4
    result = _engine.run_trial(given)
    rows = result.samples_ns[:, :2]
    return rows[np.argsort(rows[:, 0], kind="stable")], result.requests.scheduled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--pacing", choices=get_args(Pacing), default="auto")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    need_two_cores()
    cores = divide(available_cores())
    found: dict[str, Any] = {"pacing": asked.pacing, "constant": [], "poisson": {}}
    holds = True
    with serve_null(cores.server, lambda seconds: None) as target:
        for rate in CONSTANT:
            rows, scheduled = sent(target, cores, "constant", rate, 1, asked.pacing)
            gaps, late = np.diff(rows[:, 1]), rows[:, 1] - rows[:, 0]
            stray = np.quantile(np.abs(gaps - S_NS / rate), (0.5, 0.99)) / 1e3
            late_us = np.quantile(late, (0.5, 0.99)) / 1e3
            exact = scheduled == rate == len(rows)
            holds &= exact
            found["constant"].append(
                {
                    "rate": rate,
                    "scheduled": scheduled,
                    "stray_us": list(stray),
                    "late_us": list(late_us),
                }
            )
            print(
                f"constant {rate:>6}/s: {scheduled:,} sent, gaps off by {stray[0]:.1f} µs at p50, "
                f"{stray[1]:.1f} at p99; late by {late_us[0]:.1f} and {late_us[1]:.1f}",
                flush=True,
            )
        passes = {"intended": 0, "sent": 0}
        for seed in range(1, asked.runs + 1):
            rows, _ = sent(target, cores, "poisson", POISSON, seed, asked.pacing)
            for column, name in enumerate(passes):
                gaps = np.diff(np.sort(rows[:, column])) * (POISSON / S_NS)
                passes[name] += int(stats.kstest(gaps, "expon").pvalue >= LEVEL)
        found["poisson"] = {"rate": POISSON, "runs": asked.runs, **passes}
    print(
        f"Poisson {POISSON:,}/s: gaps pass at {LEVEL:.0%} in {passes['intended']} of {asked.runs} "
        f"runs as intended, in {passes['sent']} as sent"
    )
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")
    sys.exit(not (holds and passes["intended"] >= LEAST_PASSES * asked.runs))


if __name__ == "__main__":
    main()
