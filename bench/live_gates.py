"""Gates of real servers, as a user runs them: equal ones, worse candidates, with a CPU hog beside.

Each is `contend gate` between two fresh servers of the gate's own (work in Python, asyncio), with a
seed of its own; each round runs every case, in a drawn order. No gate of equals may say regression,
with or without a hog; +8% CPU and the delay must be found each time, and +3% in nine of ten where
the CPU's sigma is 2% at most. Gates are stored, but those beside a hog, which would be counted as
undisturbed ones.

Exit code 1 when that doesn't hold. Interrupted or out of time, what was run is kept and judged;
with --more, beside the gates that FILE already holds.

    scripts/bench live_gates                 # 10 rounds, about three hours; gates in results/gates/
    .venv/bin/python bench/live_gates.py --cases hog --minutes 30 --more --json FILE
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _setting import ROOT, need_two_cores
from contend.gate.decide import kept_of
from contend.gate.figures import FIGURES, SERVER_CPU, log_ratio
from contend.gate.injection import BASELINE_COMMAND, DELAYED, NEIGHBOUR, URL, more_work
from contend.gate.store import read_gate
from contend.gate.target import argv_of
from contend.machine.cores import available_cores, divide
from contend.servers.server import Server
from contend.stats.binomial import lower, upper

ROUNDS = 10
SIGMA = 0.02  # of a block's CPU log-ratio, up to which +3% is to be found


@dataclass(frozen=True)
class Case:
    name: str
    candidate: str
    max_time: str
    least_found: float = 1.0  # share of the gates that must say regression
    has_neighbour: bool = False

    @property
    def is_of_equals(self) -> bool:
        return self.candidate == BASELINE_COMMAND


CASES = {
    "equal": Case("equal", BASELINE_COMMAND, "3m"),
    "3%": Case("+3% CPU", more_work(3), "10m", least_found=0.9),
    "8%": Case("+8% CPU", more_work(8), "10m"),
    "delay": Case("a delay of 2%", DELAYED, "10m"),
    "hog": Case("a CPU hog beside", BASELINE_COMMAND, "3m", has_neighbour=True),
}


@contextmanager
def setting(case: Case, results: Path) -> Iterator[Path]:
    """Where the gate goes, with what runs beside it."""
    if not case.has_neighbour:
        yield results
        return
    server_cores = divide(available_cores()).server
    beside = argv_of("neighbour", NEIGHBOUR)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server("neighbour", beside, Path(folder), {}, server_cores),
    ):
        yield Path(folder)


def run(case: Case, seed: int, folder: Path) -> dict[str, Any]:
    with setting(case, folder) as results:
        return gate(case, seed, results)


def gate(case: Case, seed: int, results: Path) -> dict[str, Any]:
    asked = ["--baseline", BASELINE_COMMAND, "--candidate", case.candidate, "--url", URL]
    asked += ["--max-time", case.max_time, "--seed", str(seed)]
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "contend", "gate", *asked, "--results", str(results), "--json", "-"],
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 1, 3):
        sys.exit(f"live_gates: contend gate ended with {done.returncode}: {done.stderr.strip()}")
    document = json.loads(done.stdout)
    cpu = next(one for one in document["metrics"] if one["name"] == SERVER_CPU)
    return {
        "case": case.name,
        "seed": seed,
        "run": document["run"],
        "verdict": document["verdict"],
        "blocks": document["blocks"],
        "dropped_blocks": document["dropped_blocks"],
        "minutes": round((time.monotonic() - begun) / 60, 2),
        "sigma_cpu": sigma(results / "gates" / f"{document['run']}.jsonl"),
        "cpu": [cpu["low"], cpu["ratio"], cpu["high"]],
    }


def sigma(path: Path) -> float | None:
    """Of a block's log-ratio of CPU per request."""
    figure = next(one for one in FIGURES if one.name == SERVER_CPU)
    logs = [log_ratio(figure, block) for block in kept_of(read_gate(path).blocks)]
    known = [one for one in logs if one is not None]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None


def summary(case: Case, gates: list[dict[str, Any]]) -> dict[str, Any]:
    own = [one for one in gates if one["case"] == case.name]
    verdicts = Counter(one["verdict"] for one in own)
    # An invalid gate could not have found anything.
    judged, found = len(own) - verdicts["invalid"], verdicts["regression"]
    sigmas = [one["sigma_cpu"] for one in own if one["sigma_cpu"] is not None]
    middle = float(np.median(sigmas)) if sigmas else None
    holds = True
    if case.is_of_equals:
        holds = found == 0
    elif case.least_found == 1 or (middle is not None and middle <= SIGMA):
        holds = judged > 0 and found >= case.least_found * judged
    return {
        "case": case.name,
        "gates": len(own),
        "regressions": found,
        "low": lower(found, judged),
        "high": upper(found, judged),
        "passes": verdicts["pass"],
        "invalid": verdicts["invalid"],
        "median_blocks": float(np.median([one["blocks"] for one in own])),
        "sigma_cpu": middle,
        "judged": judged,
        "holds": holds,
    }


def summaries(gates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    were_run = {one["case"] for one in gates}
    return [summary(case, gates) for case in CASES.values() if case.name in were_run]


def write(path: Path, gates: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps({"cases": summaries(gates), "gates": gates}, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1, help="of the first gate")
    parser.add_argument("--cases", nargs="+", choices=CASES, help="default: all")
    parser.add_argument("--minutes", type=float, help="begin no gate later than that")
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="where gates go")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every gate here")
    parser.add_argument("--more", action="store_true", help="beside those that FILE holds")
    arguments = parser.parse_args()
    need_two_cores()
    asked = [CASES[name] for name in arguments.cases or CASES]
    turns = []
    for number in range(arguments.rounds):
        turns += random.Random(arguments.seed + number).sample(asked, len(asked))
    begun = time.monotonic()
    held = arguments.more and arguments.json and arguments.json.exists()
    gates: list[dict[str, Any]] = json.loads(arguments.json.read_bytes())["gates"] if held else []
    try:
        for case in turns:
            if arguments.minutes and time.monotonic() - begun > 60 * arguments.minutes:
                break
            one = run(case, arguments.seed + len(gates), arguments.results)
            gates.append(one)
            if arguments.json:
                write(arguments.json, gates)
            ratio = one["cpu"][1] or float("nan")
            said = f"{one['verdict']:12} {one['blocks']:2} blocks, {one['minutes']:.1f} min"
            scatter = f"sigma {one['sigma_cpu'] or float('nan'):.2%}"
            print(f"{case.name:16} {said}, CPU {ratio:.3f}, {scatter}", flush=True)
    except KeyboardInterrupt:
        pass
    cases = summaries(gates)
    for one in cases:
        bounds = f"[{one['low']:.1%}, {one['high']:.1%}]"
        mark = "" if one["holds"] else "  DOES NOT HOLD"
        if not one["judged"]:
            mark = "  NOT JUDGED: every gate was invalid"
        others = f"{one['passes']} passes, {one['invalid']} invalid"
        found = f"{one['regressions']} of {one['gates']} regressions {bounds}"
        print(f"{one['case']:16} {found}, {others}{mark}")
    sys.exit(0 if cases and all(one["holds"] for one in cases) else 1)


if __name__ == "__main__":
    main()
