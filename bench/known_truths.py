"""Whether a suite's verdicts are true where the truth is known: models that burn 1.02, 1.05, 1.10
and 1.30 ms of CPU a request, beside one that burns 1 ms.

Runs a suite of its own again and again, each time with a seed of its own. A verdict is reversed
when a dearer model is called faster in any column. At 1.10 and 1.30 every run is to call CPU and
capacity slower, at 1.05 nine in ten; at 1.02 none may, since the truth lies within the margin of
3%.

Exit code 1 when one of these does not hold.

    scripts/bench known_truths               # 20 runs, about 15 minutes
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from _setting import need_two_cores, suite_tables, verdicts

RUNS = 20
BASE, DEARER = "1.00", ("1.02", "1.05", "1.10", "1.30")
# Of the runs: how many are to call it slower, at least and at most.
SLOWER = {"1.02": (0.0, 0.0), "1.05": (0.9, 1.0), "1.10": (1.0, 1.0), "1.30": (1.0, 1.0)}
JUDGED = ("goodput", "server_cpu_per_request")  # of the closed loop

CONTRACT = """\
title = "a millisecond, about"
[[request]]
class = "burn"
path = "/"
"""

BACKEND = """\
title = "{cost} ms"
language = "C++"
concurrency = "event loop"
style = "model"
start = ["{{contend}}", "serve", "event-loop", "--port", "{{port}}", "--handler", "cpu={us}us"]
workloads = ["burn"]
ready_path = "/plaintext"
"""

SUITE = """\
title = "Known truths"
budget = "55s"
seed = {seed}
starts = 5
rounds = 2
reference = "./{base}"
[[grid]]
backends = {backends}
workloads = ["./burn.toml"]
"""


def write(folder: Path) -> None:
    (folder / "burn.toml").write_text(CONTRACT)
    for cost in (BASE, *DEARER):
        (folder / cost).mkdir()
        text = BACKEND.format(cost=cost, us=round(float(cost) * 1000))
        (folder / cost / "backend.toml").write_text(text)


def run(folder: Path, seed: int) -> dict[str, dict[str, str]]:
    """The verdicts of one run, by cost and figure."""
    backends = json.dumps([f"./{cost}" for cost in (BASE, *DEARER)])
    suite = folder / f"truths-{seed}.toml"
    suite.write_text(SUITE.format(seed=seed, base=BASE, backends=backends))
    found: dict[str, dict[str, str]] = {cost: {} for cost in DEARER}
    for cost, _, figure, verdict in verdicts(suite_tables(suite, folder / "results")):
        found[cost][figure] = verdict
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    parser.add_argument("--json", type=Path, help="write every run's verdicts here")
    arguments = parser.parse_args()
    need_two_cores()
    slower: Counter[str] = Counter()
    told, reversed_ = [], 0
    with tempfile.TemporaryDirectory(prefix="truths-") as name:
        folder = Path(name)
        write(folder)
        for seed in range(arguments.seed, arguments.seed + arguments.runs):
            found = run(folder, seed)
            told.append({"seed": seed, "verdicts": found})
            for cost, of_it in found.items():
                slower[cost] += all(of_it.get(figure) == "slower" for figure in JUDGED)
                reversed_ += "faster" in of_it.values()
            shown = "  ".join(
                f"{cost}: " + " ".join(of_it.values()) for cost, of_it in found.items()
            )
            print(f"seed {seed}: {shown}", flush=True)
    print(f"{reversed_} verdicts reversed")
    for cost in DEARER:
        print(f"{cost} ms: slower in {slower[cost]} of {arguments.runs}")
    if arguments.json:
        arguments.json.write_text(json.dumps(told, indent=1) + "\n")
    holds = all(
        least * arguments.runs <= slower[cost] <= most * arguments.runs
        for cost, (least, most) in SLOWER.items()
    )
    sys.exit(not holds or reversed_ > 0)


if __name__ == "__main__":
    main()
