"""Runs a suite: prepares it, measures what its plan asks for, and stores each trial as it ends.

What measures a trial is passed in as a function, so that the flow is tested without a server.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from contend.errors import StoreError, SuiteError
from contend.machine.clock import now
from contend.machine.cores import Cores
from contend.machine.environment import Environment
from contend.machine.limits import shortage
from contend.runs.record import (
    SCHEMA,
    BackendNote,
    Closing,
    Header,
    NotRun,
    Run,
    TrialRecord,
    WorkloadNote,
)
from contend.runs.store import RunWriter
from contend.servers.program import missing_runtime, runtime
from contend.servers.stores import missing_store, store_of
from contend.suites.backend import (
    Backend,
    read_backend,
    source_files,
    source_folders,
)
from contend.suites.cell_keys import check_keys
from contend.suites.contract import Contract, Exchange, contract_files, read_contract
from contend.suites.plan import Pair, PlannedTrial, check_budget, plan, total_trials
from contend.suites.suite import Suite, read_suite

# A pair whose server failed to start this often in a run is not tried again.
MOST_FAILED_STARTS = 2

# The trial's record, or None when it was interrupted.
Measure = Callable[[PlannedTrial], TrialRecord | None]


@dataclass(frozen=True)
class PreparedSuite:
    """A suite with all that it names, read and checked."""

    name: str
    workloads: Path
    suite: Suite
    contracts: dict[str, Contract]
    backends: dict[str, Backend]
    not_run: tuple[NotRun, ...]

    @property
    def left_out(self) -> set[Pair]:
        return {(one.workload, one.backend) for one in self.not_run}


def prepare(workloads: Path, path: Path, cores: Cores) -> PreparedSuite:
    """Raises SuiteError for a wrong file, a total over the budget, or nothing that can run."""
    suite = read_suite(path)
    check_keys(suite, str(path))
    contracts = {name: read_contract(workloads, name, path) for name in suite.workloads}
    backends = {name: read_backend(workloads, name, path) for name in suite.backends}
    not_run = tuple(_not_run(suite, contracts, backends, len(cores.server)))
    prepared = PreparedSuite(path.stem, workloads, suite, contracts, backends, not_run)
    check_budget(suite, str(path), prepared.left_out)
    most_streams = max(contract.streams for contract in contracts.values())
    if lack := shortage(max(grid.connections for grid in suite.grid) + most_streams):
        raise SuiteError(str(path), f"connections: {lack}", "fewer, or a higher ulimit -Hn")
    if not total_trials(suite, prepared.left_out):
        whys = "; ".join(f"{one.backend}: {one.why}" for one in not_run)
        raise SuiteError(str(path), f"nothing of it can run here: {whys}", "scripts/setup")
    return prepared


def header(prepared: PreparedSuite, environment: Environment, cores: Cores) -> Header:
    first_stage = plan(prepared.suite, prepared.left_out, [])
    return Header(
        schema=SCHEMA,
        suite_name=prepared.name,
        started=now(),
        seed=prepared.suite.seed,
        environment=environment,
        suite=prepared.suite,
        order=tuple(trial.key for trial in first_stage),
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
    stored: Sequence[TrialRecord],
    measure: Measure,
    on_planned: Callable[[PlannedTrial, int, int], None] = lambda planned, done, total: None,
    on_record: Callable[[TrialRecord], None] = lambda record: None,
) -> bool:
    """Measures what is still planned beside the `stored` trials, and appends each; the closing line
    comes when nothing is left. False when it was interrupted before.

    `on_planned(trial, done, total)` is told before each trial, `on_record` after it. Raises
    StoreError when a trial can't be stored; all before it are.
    """
    trials = list(stored)
    while todo := _todo(prepared, trials):
        for planned in todo:
            if (planned.cell.workload, planned.cell.backend) in failed_pairs(trials):
                continue
            on_planned(planned, len(trials), len(trials) + _left(prepared, trials, todo))
            record = measure(planned)
            if record is None:
                return False
            writer.append(record)
            trials.append(record)
            on_record(record)
    writer.append(Closing(ended=now(), trials=len(trials)))
    return True


def failed_pairs(trials: Iterable[TrialRecord]) -> set[Pair]:
    """Workload and backend pairs whose server could not be started often enough to give up."""
    failures = Counter(
        (one.planned.cell.workload, one.planned.cell.backend)
        for one in trials
        if one.document is None
    )
    return {pair for pair, count in failures.items() if count >= MOST_FAILED_STARTS}


def _todo(prepared: PreparedSuite, trials: Sequence[TrialRecord]) -> list[PlannedTrial]:
    left_out = prepared.left_out | failed_pairs(trials)
    return plan(prepared.suite, left_out, [one.finished for one in trials])


def _left(
    prepared: PreparedSuite, trials: Sequence[TrialRecord], todo: Sequence[PlannedTrial]
) -> int:
    """Trials that are still to come, as far as can be known: later stages depend on this one."""
    done = {one.planned.key for one in trials}
    in_stage = sum(one.key not in done for one in todo)
    stated = total_trials(prepared.suite, prepared.left_out | failed_pairs(trials))
    return max(in_stage, stated - len(done))


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


def _workload_note(prepared: PreparedSuite, name: str, contract: Contract) -> WorkloadNote:
    store = store_of(contract.store)
    return WorkloadNote(
        title=contract.title,
        classes=tuple(request.name for request in contract.request),
        requests=tuple(_request_note(contract, one) for one in contract.request),
        sha256=_digest(contract_files(prepared.workloads, name, contract)),
        protocol=contract.protocol,
        store="" if store is None else store.title,
        store_version="" if store is None else store.version(),
    )


def _backend_note(prepared: PreparedSuite, name: str, backend: Backend) -> BackendNote:
    folders = source_folders(prepared.workloads, name)
    files = [path for folder in folders for path in source_files(folder)]
    return BackendNote(
        title=backend.title,
        language=backend.language,
        concurrency=backend.concurrency,
        style=backend.style,
        sha256=_digest(files),
        runtime=runtime(backend),
    )


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
