"""Runs a suite: prepares it, measures what its plan asks for, and stores each trial as it ends.

What measures a trial is passed in as a function, so that the flow is tested without a server.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contend.blocks.record import BlockRecord
from contend.errors import StoreError, SuiteError
from contend.machine.clock import now
from contend.machine.cores import Cores
from contend.machine.environment import Environment
from contend.machine.limits import shortage
from contend.machine.memory import available_bytes as memory
from contend.runs.record import (
    SCHEMA,
    BackendNote,
    Closing,
    Header,
    NotRun,
    Run,
    TrialRecord,
    WorkloadNote,
    stored,
)
from contend.runs.store import RunWriter
from contend.servers.program import missing_runtime, runtime
from contend.servers.stores import missing_store, store_of
from contend.suites.backend import (
    Backend,
    backend_in,
    every_source,
    read_backend,
)
from contend.suites.cell_keys import check_keys
from contend.suites.cells import Pair, groups, pair_of
from contend.suites.contract import Contract, Exchange, contract_files, contract_in, read_contract
from contend.suites.fits import with_measures
from contend.suites.own import NOTHING_OWN, Own, by_name
from contend.suites.plan import (
    Planned,
    PlannedTrial,
    Stored,
    block_s,
    check_budget,
    is_stated,
    plan,
    stated_s,
    trial_s,
    unanswered,
)
from contend.suites.suite import Suite, read_suite

# A pair whose server failed to start this often in a run is not tried again.
MOST_FAILED_STARTS = 2
# What a server of a block takes at most, about: Node.js and gunicorn with their packages.
LANE_BYTES = 200 * 2**20

# The record of what is planned, or None when it was interrupted.
Measure = Callable[[Planned], TrialRecord | BlockRecord | None]
# By workload, how many comparisons these blocks leave undecided.
Undecided = Callable[[Sequence[BlockRecord]], Mapping[str, int]]


@dataclass(frozen=True)
class Progress:
    """How far a run has come, in records and in the seconds that are to come, as far as known."""

    done: int
    total: int
    left_s: float


@dataclass(frozen=True)
class PreparedSuite:
    """A suite with all that it names, read and checked."""

    name: str
    workloads: Path
    suite: Suite
    contracts: dict[str, Contract]
    backends: dict[str, Backend]
    not_run: tuple[NotRun, ...]
    own: Own = NOTHING_OWN

    def folder(self, backend: str) -> Path:
        return self.own.backends.get(backend, self.workloads / "backends" / backend)

    def file(self, workload: str) -> Path:
        return self.own.workloads.get(workload, self.workloads / f"{workload}.toml")

    @property
    def left_out(self) -> set[Pair]:
        return {(one.workload, one.backend) for one in self.not_run}


def prepare(workloads: Path, path: Path, cores: Cores) -> PreparedSuite:
    """Raises SuiteError for a wrong file, a total over the budget, or nothing that can run."""
    suite, own = by_name(read_suite(path), path, workloads)
    contracts = {
        name: contract_in(own.workloads[name], workloads)
        if name in own.workloads
        else read_contract(workloads, name, path)
        for name in suite.workloads
    }
    try:
        suite = with_measures(suite, contracts)
    except ValueError as error:
        raise SuiteError(str(path), str(error), "trials, or without measure") from None
    try:
        check_keys(suite)
    except ValueError as error:
        raise SuiteError(str(path), str(error), "one of them") from None
    backends = {
        name: backend_in(own.backends[name])
        if name in own.backends
        else read_backend(workloads, name, path)
        for name in suite.backends
    }
    not_run = tuple(_not_run(suite, contracts, backends, len(cores.server)))
    prepared = PreparedSuite(path.stem, workloads, suite, contracts, backends, not_run, own)
    check_budget(suite, str(path), prepared.left_out)
    most_streams = max(contract.streams for contract in contracts.values())
    if lack := shortage(max(grid.connections for grid in suite.grid) + most_streams):
        raise SuiteError(str(path), f"connections: {lack}", "fewer, or a higher ulimit -Hn")
    check_memory(str(path), most_lanes(suite, prepared.left_out))
    if not stated_s(suite, prepared.left_out):
        whys = "; ".join(f"{one.backend}: {one.why}" for one in not_run)
        raise SuiteError(str(path), f"nothing of it can run here: {whys}", "scripts/setup")
    return prepared


def header(prepared: PreparedSuite, environment: Environment, cores: Cores) -> Header:
    first_stage = plan(prepared.suite, prepared.left_out)
    return Header(
        schema=SCHEMA,
        suite_name=prepared.name,
        started=now(),
        seed=prepared.suite.seed,
        environment=environment,
        suite=prepared.suite,
        order=tuple(one.key for one in first_stage),
        workloads={
            name: _workload_note(prepared, name, contract)
            for name, contract in prepared.contracts.items()
        },
        backends={
            name: _backend_note(prepared, name, backend)
            for name, backend in prepared.backends.items()
        },
        not_run=prepared.not_run,
        server_cores=cores.server,
        generator_cores=cores.generator,
    )


def check_same(run: Run, fresh: Header) -> None:
    """Raises StoreError unless a stored run can be gone on with: nothing that matters changed."""
    stored = run.header
    for what, is_same in {
        "the suite file has changed": stored.suite == fresh.suite,
        "this is another machine": stored.environment.machine.compared
        == fresh.environment.machine.compared,
        "the engine has changed": stored.environment.software == fresh.environment.software,
        "a workload has changed": stored.workloads == fresh.workloads,
        "a backend has changed": stored.backends == fresh.backends,
        "other cores are free": stored.server_cores == fresh.server_cores
        and stored.generator_cores == fresh.generator_cores,
    }.items():
        if not is_same:
            raise StoreError(run.id, f"can't be resumed: {what} since", "a run of its own")


def run_suite(
    prepared: PreparedSuite,
    writer: RunWriter,
    stored: Sequence[TrialRecord | BlockRecord],
    measure: Measure,
    undecided: Undecided = lambda blocks: {},
    on_planned: Callable[[Planned, Progress], None] = lambda planned, progress: None,
    on_record: Callable[[TrialRecord | BlockRecord], None] = lambda record: None,
) -> bool:
    """Measures what is still planned beside what is `stored`, and appends each record; the closing
    line comes when nothing is left. False when it was interrupted before.

    `on_planned` is told before each, `on_record` after it. Raises StoreError when a record can't be
    stored; all before it are.
    """
    done = Done(prepared, list(stored), undecided)
    while todo := done.todo():
        changes = done.changes
        for number, planned in enumerate(todo):
            if done.is_failed(planned):
                continue
            on_planned(planned, done.progress(todo[number:]))
            record = measure(planned)
            if record is None:
                return False
            writer.append(record)
            done.records.append(record)
            on_record(record)
            if done.changes > changes:
                break  # another lane or another block is to take its place
    writer.append(Closing(now(), len(done.trials), len(done.blocks)))
    return True


@dataclass(frozen=True)
class Done:
    """What is stored, and so what is left."""

    prepared: PreparedSuite
    records: list[TrialRecord | BlockRecord]
    undecided: Undecided

    @property
    def trials(self) -> list[TrialRecord]:
        return [one for one in self.records if isinstance(one, TrialRecord)]

    @property
    def blocks(self) -> list[BlockRecord]:
        return [one for one in self.records if isinstance(one, BlockRecord)]

    @property
    def changes(self) -> int:
        """Of what was planned: blocks that can't be used, and those with a lane that can't rest."""
        blocks = stored((), self.blocks).blocks
        return sum(not one.is_kept or bool(one.restless) for one in blocks)

    def todo(self) -> list[Planned]:
        suite = self.prepared.suite
        found = stored(self.trials, self.blocks)
        left_out = self.prepared.left_out | failed_pairs(self.records)
        if stated := plan(suite, left_out, found):
            return stated
        return plan(suite, left_out, found, self.undecided(self._at_first_look(found)))

    def _at_first_look(self, found: Stored) -> list[BlockRecord]:
        """What was undecided there, whatever later blocks say: else each of them were a look."""
        suite = self.prepared.suite
        pairs = zip(self.blocks, found.blocks, strict=True)
        return [one for one, finished in pairs if is_stated(suite, finished, found)]

    def is_failed(self, planned: Planned) -> bool:
        failed = failed_pairs(self.records)
        if isinstance(planned, PlannedTrial):
            given_up = unanswered(one.finished for one in self.trials)
            return pair_of(planned.cell) in failed or planned.cell in given_up
        group = planned.group
        return any((group.workload, lane) in failed for lane in group.lanes)

    def progress(self, todo: Sequence[Planned]) -> Progress:
        suite = self.prepared.suite
        blocks = stored((), self.blocks).blocks
        left_s = sum(
            trial_s(suite, one.cell)
            if isinstance(one, PlannedTrial)
            else block_s(suite, one.group, blocks)
            for one in todo
        )
        return Progress(len(self.records), len(self.records) + len(todo), left_s)


def failed_pairs(records: Iterable[TrialRecord | BlockRecord]) -> set[Pair]:
    """Workload and backend pairs whose server failed often enough to give up."""
    failures: Counter[Pair] = Counter()
    for one in records:
        if isinstance(one, BlockRecord):
            if one.failed_lane is not None:
                failures[one.workload, one.failed_lane] += 1
        elif one.document is None:
            failures[pair_of(one.planned.cell)] += 1
    return {pair for pair, count in failures.items() if count >= MOST_FAILED_STARTS}


def most_lanes(suite: Suite, left_out: Collection[Pair]) -> int:
    """That are alive together."""
    return max((len(one.lanes) for one in groups(suite, left_out)), default=1)


def check_memory(name: str, lanes: int, available: Callable[[], int | None] = memory) -> None:
    """Raises SuiteError where a block's servers would not fit in the machine's memory."""
    bytes_ = available()
    if bytes_ is not None and lanes * LANE_BYTES > bytes_:
        raise SuiteError(
            name,
            f"a block has {lanes} servers alive, some {lanes * LANE_BYTES / 2**30:.1f} GiB, and "
            f"{bytes_ / 2**30:.1f} GiB are free",
            'fewer backends in a grid, or measure = "trials"',
        )


def _not_run(
    suite: Suite,
    contracts: dict[str, Contract],
    backends: dict[str, Backend],
    server_cores: int,
) -> Iterable[NotRun]:
    pairs = {
        (workload, backend): None
        for grid in suite.grid
        for workload in grid.workloads
        for backend in grid.backends
    }
    for workload, name in pairs:
        backend = backends[name]
        why = (
            backend.unsupported(workload)
            or backend.unfit(workload, server_cores)
            or missing_runtime(backend)
            or missing_store(contracts[workload].store)
        )
        if why is not None:
            yield NotRun(workload, name, why)


def _request_note(contract: Contract, request: Exchange) -> str:
    """Method and path, with the share where there are several; of what is pushed, how much."""
    if request.pushed:
        options = contract.protocol_options
        path = request.path.replace("{interval}", str(options.get("interval_ms", "")))
        return f"{request.method} {path} ({contract.streams:,} streams)"
    asked = [one.weight for one in contract.request if not one.pushed]
    share = f" ({request.weight / sum(asked):.0%})" if len(asked) > 1 else ""
    return f"{request.method} {request.path}{share}"


def _shares(contract: Contract) -> dict[str, float]:
    asked = [one for one in contract.request if not one.pushed]
    total = sum(one.weight for one in asked)
    return {one.name: one.weight / total for one in asked}


def _workload_note(prepared: PreparedSuite, name: str, contract: Contract) -> WorkloadNote:
    store = store_of(contract.store)
    return WorkloadNote(
        title=contract.title,
        classes=tuple(request.name for request in contract.request),
        requests=tuple(_request_note(contract, one) for one in contract.request),
        sha256=_digest(contract_files(prepared.file(name), prepared.workloads, contract)),
        protocol=contract.protocol,
        store="" if store is None else store.title,
        store_version="" if store is None else store.version(),
        shares=_shares(contract),
        is_calibrated=contract.calibrated,
        kind_key=contract.kind_key,
    )


def _backend_note(prepared: PreparedSuite, name: str, backend: Backend) -> BackendNote:
    return BackendNote(
        title=backend.title,
        language=backend.language,
        concurrency=backend.concurrency,
        style=backend.style,
        sha256=_digest(every_source(prepared.folder(name))),
        runtime=runtime(backend),
        kinds=backend.kinds,
        notes=backend.notes,
    )


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
