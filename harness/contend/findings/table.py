"""What every report shows of a run, before it has a format: tables of rows of Estimates.

Immutable values; `contend tables --json` prints them as they are.
"""

import msgspec

from contend.machine.environment import Environment
from contend.stats.compare import UNRESOLVED, Comparison
from contend.stats.estimate import Estimate

SCHEMA = "contend.tables/1"

# The units of statistics: fresh servers' trials, one after the other, or blocks in which all
# servers of a table are alive at the same time.
TRIALS, BLOCKS = "trials", "blocks"


class Head(msgspec.Struct, frozen=True):
    """A column of figures."""

    name: str
    title: str
    unit: str
    is_compared: bool
    higher_is_faster: bool = False

    @property
    def column(self) -> str:
        return f"{self.title}, {self.unit}"


class Errors(msgspec.Struct, frozen=True):
    """Requests of all valid trials that did not end well."""

    share: float
    requests: int
    causes: dict[str, int]


class Row(msgspec.Struct, frozen=True):
    """A backend in a table. Without figures, it says why: no valid trial, or those that are valid
    are too small a part of what was tried to stand for it."""

    backend: str
    title: str
    style: str  # idiomatic, tuned, model or baseline
    runtime: str  # what it runs on, with its version
    n: int  # valid trials that its figures are of
    left_out: int  # trials that were measured and are not in it
    why_empty: str | None = None
    notes: tuple[str, ...] = ()  # why trials were left out
    figures: dict[str, Estimate] = {}
    comparisons: dict[str, Comparison] = {}  # with the reference's figures
    errors: Errors | None = None
    asked_per_s: float | None = None
    overloaded: bool = False
    capacity: Estimate | None = None  # what a level is a share of
    body_bytes: dict[str, tuple[int, ...]] = {}  # of each class's response
    language: str = ""
    failed: int = 0  # trials without a result: its server didn't start, or broke off
    left_aside: bool = False  # before anything was measured: it can't do this, or not here
    explained: str = ""  # what was found out about an odd figure

    @property
    def is_server(self) -> bool:
        """Of those that people deploy; models and baselines stand beside them, for scale."""
        return self.style not in ("model", "baseline")


class Pair(msgspec.Struct, frozen=True):
    """Two backends of a table by one figure: the ratio of the first's to the second's."""

    first: str
    second: str
    figure: str
    comparison: Comparison


class Table(msgspec.Struct, frozen=True):
    """One workload under one load."""

    workload: str
    title: str
    requests: tuple[str, ...]
    load: str  # in a word, as trials are keyed
    setting: str  # for people: closed, c = 64
    is_open: bool
    connections: int
    rate_per_s: float | None
    level: float | None
    busy: float | None
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    compared: int = 0  # comparisons of the family that Holm's adjustment is over
    unit: str = TRIALS  # what n counts
    kind: str = ""  # of its rows' access to a database, or client: others have a table of their own
    reference: str | None = None
    pairs: tuple[Pair, ...] = ()  # between languages, by the judged figure; a family of their own

    @property
    def decided(self) -> int:
        """Of its comparisons."""
        answers = [one for row in self.rows for one in row.comparisons.values()]
        return sum(one.verdict != UNRESOLVED for one in answers)

    @property
    def body_bytes_differ(self) -> bool:
        return len({tuple(sorted(row.body_bytes.items())) for row in self.rows if row.n}) > 1


class Across(msgspec.Struct, frozen=True):
    """What a backend's trials say over several tables (across.py)."""

    backend: str
    most_clients: int | None  # that could chat
    is_least: bool  # more of them were not tried
    broke_at: int | None  # the fewest of those with whom it didn't keep up, and why
    why_broken: str
    bytes_per_connection: float | None
    cold_start_ns: float | None = None  # the median
    cold_starts: int = 0
    # Of its warm-ups, in the closed loop, medians: how long its rate climbed, and what the first
    # quarter of a second showed beside the last one.
    climbed_ns: float | None = None
    first_goodput: float | None = None  # as a share of the last
    first_p99_ns: float | None = None
    last_p99_ns: float | None = None
    always_steady: bool = True  # its rate no longer climbed at the end of any


class Tables(msgspec.Struct, frozen=True):
    """All of a run's tables, and what they were measured with."""

    schema: str
    run: str
    suite: str
    suite_title: str
    started: str
    seed: int
    starts: int
    warmup: str
    duration: str  # of a trial
    block_time: str  # of a server under a load, in each block; in the closed loop
    open_block_time: str  # where it has a rate
    pacing: str
    environment: Environment
    server_cores: tuple[int, ...]
    generator_cores: tuple[int, ...]
    reference: str | None  # the suite's
    trials: int  # stored, with whatever result
    blocks: int
    complete: bool
    torn: str | None
    null_goodput: Estimate | None  # the most that the generator and the kernel reach here
    null_setting: str | None
    tables: tuple[Table, ...]
    across: tuple[Across, ...] = ()

    @property
    def references(self) -> list[str]:
        """The suite's, and those of tables in which that one has no place."""
        asked = [self.reference, *(table.reference for table in self.tables if table.compared)]
        return list(dict.fromkeys(name for name in asked if name is not None))

    @property
    def is_conclusive(self) -> bool:
        """The run was finished, and nothing that was measured is without a valid trial."""
        rows = [row for table in self.tables for row in table.rows]
        return self.complete and not any(row.left_out and not row.n for row in rows)
