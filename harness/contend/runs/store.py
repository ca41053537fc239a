"""Stored runs: results/runs/<UTC>-<suite>-<hash6>.jsonl, a chain of lines (chain_file.py)."""

from pathlib import Path
from typing import Self

import msgspec

from contend.blocks.judge import judged
from contend.blocks.record import BlockRecord
from contend.errors import StoreError
from contend.files.chain_file import ChainWriter, read_lines
from contend.runs.record import SCHEMAS, Closing, Header, Line, Run, TrialRecord
from contend.trials.validity import LIMITS, Limits

_decode = msgspec.json.Decoder(Line).decode


class RunWriter(ChainWriter):
    """An open run; it can be resumed."""

    @classmethod
    def create(cls, results: Path, header: Header) -> Self:
        """A new run with its header. Raises StoreError where it can't be written."""
        return cls.begin(results / "runs", header.suite_name, header.started, header)


def read_run(path: Path, limits: Limits = LIMITS) -> Run:
    """Its trials judged again by these limits, where what that takes is stored.

    Raises StoreError that names the line where a file is not what was written.
    """
    lines, torn_bytes = read_lines(
        path, _decode, lambda line: line.schema if isinstance(line, Header) else None, SCHEMAS
    )
    if not lines or not isinstance(lines[0], Header):
        raise StoreError(str(path), "no stored run: it has no header", "another file")
    torn = f"{path}: a torn last line of {torn_bytes} bytes is ignored"
    return Run(
        id=path.stem,
        header=lines[0],
        trials=tuple(line.judged(limits) for line in lines if isinstance(line, TrialRecord)),
        blocks=tuple(judged(line, limits) for line in lines if isinstance(line, BlockRecord)),
        complete=isinstance(lines[-1], Closing),
        torn=torn if torn_bytes else None,
    )


_MOST_NAMED = 5


def find_run(results: Path, wanted: str) -> Path:
    """A run's file by path, id, unique prefix of one, `latest`, or the newest of a suite by its
    name."""
    if wanted.endswith(".jsonl") or "/" in wanted:
        return Path(wanted)
    paths = run_paths(results)
    if not paths:
        raise StoreError(str(results), "there are no stored runs", "contend suite")
    if wanted == "latest":
        return paths[-1]
    found = [path for path in paths if path.stem.startswith(wanted)]
    exact = [path for path in found if path.stem == wanted]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    of_suite = [path for path in paths if suite_of(path) == wanted]
    if of_suite:
        return of_suite[-1]
    known = ", ".join(path.stem for path in (found or paths)[-_MOST_NAMED:])
    known += ", and older ones" if len(found or paths) > _MOST_NAMED else ""
    why = "several runs begin so" if found else "no run or suite is called so"
    raise StoreError(wanted, f"{why}: {known}", "a longer prefix" if found else "one of these")


def suite_of(path: Path) -> str:
    """By the name of a run's file: <UTC>-<suite>-<hash6>."""
    return path.stem.partition("-")[2].rpartition("-")[0]


def run_paths(results: Path) -> list[Path]:
    """From the oldest to the latest: their names begin with the time."""
    return sorted(path for path in (results / "runs").glob("*.jsonl"))
