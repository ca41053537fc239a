"""What a stored run consists of: a header line, a line per trial, a closing line.

Immutable values. They hold all that reports need, so that tables can be made again when the
workload files have changed or the runtimes are gone.
"""

from collections.abc import Collection, Sequence
from typing import Self

import msgspec
from msgspec.structs import replace

from contend.blocks.judge import idle_shares
from contend.blocks.record import BlockRecord
from contend.machine.environment import Environment
from contend.suites.plan import Finished, FinishedBlock, PlannedTrial, Stored
from contend.suites.rest import restless
from contend.suites.suite import Suite
from contend.trials.conditions import Conditions
from contend.trials.document import LoadDocument, Reason, Timings, Validity
from contend.trials.keeps_up import keeps_up
from contend.trials.stated import stated
from contend.trials.validity import LIMITS, NO_ANSWER, Limits, Setting, judge

SCHEMA = "contend.run/2"
# Those that are read: the first had no blocks.
SCHEMAS = ("contend.run/1", SCHEMA)

# The backend that does nothing. Its closed loop shows how fast the generator and the kernel go:
# that the generator is the limit is what it is measured for.
NULL = "null"


class WorkloadNote(msgspec.Struct, frozen=True):
    """What reports say of a workload."""

    title: str
    classes: tuple[str, ...]
    requests: tuple[str, ...]  # method and path, with the share where there are several
    sha256: str  # of the contract
    protocol: str = "http1"
    store: str = ""  # that its servers had instead of SQLite
    store_version: str = ""
    shares: dict[str, float] = {}  # of the classes that are asked for
    is_calibrated: bool = False  # what a request costs is the workload's own
    kind_key: str = ""  # in BackendNote.kinds: those of a kind are compared


class BackendNote(msgspec.Struct, frozen=True):
    """What reports say of a backend."""

    title: str
    language: str
    concurrency: str
    style: str
    sha256: str  # of its folder's own files
    runtime: str = ""  # name and version of what it runs on, as asked at the run's start
    kinds: dict[str, str] = {}
    notes: dict[str, str] = {}  # by workload, of odd figures


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

    def why_not_run(self, workload: str, backend: str) -> str | None:
        """Why a pair was left aside before anything was measured; None where it wasn't."""
        pair = (workload, backend)
        return next((one.why for one in self.not_run if (one.workload, one.backend) == pair), None)


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
    lowest_lower_bound_ns: dict[str, int] = {}  # of all ("") and of each class
    slices: tuple[SliceRecord, ...] = ()
    served_by: ServedBy | None = None
    cold_start_ns: int | None = None  # from the server's start to its first right answer
    beside_cpu_ns_per_request: int | None = None  # of what the server asked in its turn
    # What its validity is judged by; None in runs that were stored before these were.
    conditions: Conditions | None = None
    setting: Setting | None = None

    @property
    def finished(self) -> Finished:
        """What the plan needs to know of it."""
        kept = keeps_up(self.document) if self.document is not None else None
        return Finished(self.planned, self.is_valid, kept, self._is_unanswered)

    @property
    def _is_unanswered(self) -> bool:
        reasons = self.validity.reasons if self.validity is not None else ()
        return any(isinstance(one, Reason) and one.code == NO_ANSWER for one in reasons)

    def judged(self, limits: Limits = LIMITS) -> Self:
        """As these limits judge it, from what is stored; else as it was when it was measured.

        The store does so wherever it reads, so that all that is computed from a run goes by one
        judgement, which a changed rule changes without measuring. Where own lateness was in the
        latencies, it can't be told what it did to them, and they stay as they were judged then.
        """
        document = self.document
        if document is None or self.conditions is None or self.setting is None:
            return self
        is_open = self.setting.rate_per_s is not None
        if document.own_lateness is None or (is_open and not document.validity.brackets):
            return self
        verdict = judge(self.conditions, self.setting, limits, document.validity.brackets)
        if document.goodput_per_s is None:  # an earlier verdict withheld it
            document = replace(document, goodput_per_s=self.conditions.goodput_per_s)
        return replace(self, document=stated(document, verdict))

    @property
    def validity(self) -> Validity | None:
        """None without a result."""
        return None if self.document is None else self.document.validity

    @property
    def is_valid(self) -> bool:
        """Whether it may become a row."""
        validity = self.validity
        if validity is None:
            return False
        cell = self.planned.cell
        is_ceiling = cell.backend == NULL and cell.rate_per_s is None
        return validity.states_figures or (is_ceiling and validity.is_a_ceiling)


class Closing(msgspec.Struct, frozen=True, tag_field="kind", tag="end"):
    ended: str  # UTC
    trials: int
    blocks: int = 0


Line = Header | TrialRecord | BlockRecord | Closing


class Run(msgspec.Struct, frozen=True):
    """A stored run, read and checked."""

    id: str
    header: Header
    trials: tuple[TrialRecord, ...]
    blocks: tuple[BlockRecord, ...]
    complete: bool  # it has a closing line
    torn: str | None = None  # what was ignored at the end of its file

    @property
    def stored(self) -> Stored:
        """What the plan needs to know of it."""
        return stored(self.trials, self.blocks)


def stored(trials: Sequence[TrialRecord], blocks: Sequence[BlockRecord]) -> Stored:
    apart = restless_lanes(blocks)
    return Stored(
        tuple(one.finished for one in trials),
        tuple(_finished(one, apart[one.workload]) for one in blocks),
    )


def restless_lanes(blocks: Sequence[BlockRecord]) -> dict[str, dict[str, float]]:
    """By workload: its lanes that can't rest beside others, with what they used of a core."""
    shares: dict[str, list[dict[str, float]]] = {}
    for one in blocks:
        shares.setdefault(one.workload, []).append(idle_shares(one))
    return {workload: restless(of_it) for workload, of_it in shares.items()}


def _finished(block: BlockRecord, apart: Collection[str]) -> FinishedBlock:
    found = tuple(lane for lane in idle_shares(block) if lane in apart)
    return FinishedBlock(
        workload=block.workload,
        apart=block.apart,
        number=block.number,
        seconds=block.seconds,
        is_kept=block.dropped is None,
        restless=found,
    )
