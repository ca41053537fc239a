"""How often two names of one server are told apart: the false alarms of the comparison.

Runs the suite `twins` again and again, each time with a seed of its own, and counts the runs in
which any column of any table calls the twin faster or slower. Both are lanes of the same blocks;
the intervals are adjusted over each table, and a suite's two looks at its blocks share the risk of
5%: one false alarm in twenty tables is what they promise.

Exit code 1 when more than one run in twenty has one.

    scripts/bench twins                      # 20 runs, about 20 minutes
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from _setting import ROOT, need_two_cores, suite_tables, verdicts

SUITE = ROOT / "workloads/suites/twins.toml"
RUNS = 20
MOST_SHARE = 0.05
ALARMS = ("faster", "slower")


def run(seed: int, folder: Path) -> Any:
    """The tables of one run."""
    text = SUITE.read_text(encoding="utf-8")
    stated = next(line for line in text.splitlines() if line.startswith("seed = "))
    path = folder / f"twins-{seed}.toml"
    path.write_text(text.replace(stated, f"seed = {seed}"), encoding="utf-8")
    return suite_tables(path, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=1, help="of the first run")
    parser.add_argument("--json", type=Path, help="write every run's verdicts here")
    arguments = parser.parse_args()
    need_two_cores()
    alarmed, found = 0, []
    with tempfile.TemporaryDirectory(prefix="twins-") as folder:
        for seed in range(arguments.seed, arguments.seed + arguments.runs):
            told = [one[1:] for one in verdicts(run(seed, Path(folder)))]
            alarms = [one for one in told if one[2] in ALARMS]
            alarmed += bool(alarms)
            counted = Counter(verdict for _, _, verdict in told)
            found.append({"seed": seed, "verdicts": counted, "alarms": alarms})
            shown = ", ".join(f"{count} {verdict}" for verdict, count in counted.items())
            said = "; ".join(f"{where}: {figure} {verdict}" for where, figure, verdict in alarms)
            print(f"seed {seed}: {shown}  {said}", flush=True)
    print(f"{alarmed} of {arguments.runs} runs had a false alarm")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    sys.exit(alarmed > MOST_SHARE * arguments.runs)


if __name__ == "__main__":
    main()
