"""What a stored run consists of: a header line, a line per trial, a closing line.

Immutable values. They hold all that reports need, so that tables can be made again when the
workload files have changed or the runtimes are gone.
"""

import msgspec

from contend.document import LoadDocument, Timings
from contend.environment import Environment
from contend.plan import Finished, PlannedTrial
from contend.suite import Suite

SCHEMA = "contend.run/1"


class WorkloadNote(msgspec.Struct, frozen=True):
    """What reports say of a workload."""

    title: str
    classes: tuple[str, ...]
    requests: tuple[str, ...]  # method and path, with the share where there are several
    sha256: str  # of the contract


class BackendNote(msgspec.Struct, frozen=True):
    """What reports say of a backend."""

    title: str
    language: str
    concurrency: str
    style: str
    sha256: str  # of its folder's own files
    runtime: str = ""  # name and version of what it runs on, as asked at the run's start


class NotRun(msgspec.Struct, frozen=True):
    workload: str
    backend: str
    why: str


class Header(msgspec.Struct, frozen=True, tag_field="kind", tag="run"):
    schema: str
    suite_name: str
    started: str  # UTC
    seed: int
    environment: Environment
    suite: Suite
    order: tuple[str, ...]  # of the first stage's trials, as drawn from the seed
    workloads: dict[str, WorkloadNote]
    backends: dict[str, BackendNote]
    not_run: tuple[NotRun, ...]
    server_cores: tuple[int, ...]
    generator_cores: tuple[int, ...]


class SliceRecord(msgspec.Struct, frozen=True):
    """One second of a trial."""

    start_ns: int
    length_ns: int
    outcomes: dict[str, int]
    completed_ok: int
    latency: Timings


class ServedBy(msgspec.Struct, frozen=True):
    """The verified target of a trial."""

    command: tuple[str, ...]  # with the placeholders as backend.toml has them
    body_bytes: dict[str, int]  # of each class's response
    log: str  # what the server said at its start


class TrialRecord(msgspec.Struct, frozen=True, tag_field="kind", tag="trial"):
    planned: PlannedTrial
    started: str  # UTC
    not_run: str | None  # why there is no result
    document: LoadDocument | None = None
    pacing_lag: Timings | None = None  # the part of send_lag that is the generator's own
    lowest_lower_bound_ns: dict[str, int] = {}  # of all ("") and of each class
    slices: tuple[SliceRecord, ...] = ()
    served_by: ServedBy | None = None

    @property
    def finished(self) -> Finished:
        """What the plan needs to know of it."""
        if self.document is None:
            return Finished(self.planned, is_valid=False, goodput_per_s=None)
        valid = self.document.validity.is_valid
        return Finished(self.planned, valid, self.document.goodput_per_s)


class Closing(msgspec.Struct, frozen=True, tag_field="kind", tag="end"):
    ended: str  # UTC
    trials: int


Line = Header | TrialRecord | Closing


class Run(msgspec.Struct, frozen=True):
    """A stored run, read and checked."""

    id: str
    header: Header
    trials: tuple[TrialRecord, ...]
    complete: bool  # it has a closing line
    torn: str | None = None  # what was ignored at the end of its file
