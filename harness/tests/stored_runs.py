"""Builds stored runs with known figures, for tests of statistics and reports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from contend.blocks.judge import judged
from contend.blocks.record import BlockRecord
from contend.machine.environment import Environment, Machine, Software
from contend.runs.record import (
    SCHEMA,
    BackendNote,
    Closing,
    Header,
    NotRun,
    Run,
    ServedBy,
    TrialRecord,
    WorkloadNote,
    stored,
)
from contend.runs.store import RunWriter
from contend.runs.suite_run import failed_pairs
from contend.suites.cells import Cell, block_cells, loads_of, turns
from contend.suites.plan import PlannedBlock, PlannedTrial, plan
from contend.suites.suite import Grid, Suite
from contend.trials.document import (
    CLIENT_BOUND,
    FAILURES,
    PARTLY_VALID,
    VALID,
    Arrivals,
    ClassFigures,
    GeneratorUsage,
    LoadDocument,
    Reason,
    Requests,
    ServerFigures,
    Timings,
    Validity,
)
from contend.trials.histograms import Histogram
from contend.trials.validity import GOODPUT
from made_blocks import Made, failed_block, made_block
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

ENVIRONMENT = Environment(
    Machine("A processor of 2 GHz", 2, "6.1.0-test", None, True, 8 * 2**30),
    Software("0.1.0", "0123456789ab", None, {"python": "3.11.2", "node": "26.0.0"}),
)
MODELS_AND_SERVERS = ("event-loop", "gil-threads", "node-http", "python-threads")
STYLES = {"event-loop": "model", "gil-threads": "model", "null": "baseline"}
LANGUAGES = {"node-http": "JavaScript", "express": "JavaScript"} | dict.fromkeys(
    ("python-threads", "flask", "aiohttp"), "Python"
)
MS_NS = 1_000_000


@dataclass(frozen=True)
class Fake:
    """The figures of a cell; each trial's, or block's, are scattered around them by known
    factors. In blocks all of a lane's loads have those of its first."""

    goodput_per_s: float = 1000.0
    p50_ns: float = 1 * MS_NS
    p99_ns: float = 5 * MS_NS
    cpu_ns: float = 50_000.0
    rss_bytes: int = 40 * 2**20
    lower_bounds: int = 0  # latencies that are; then p99 falls among them
    failed: dict[str, int] = field(default_factory=dict)
    invalid: frozenset[int] = frozenset()  # repetitions of a trial that are client-bound
    withheld: tuple[str, ...] = ()  # figures of the trials that are partly valid
    partly_valid: frozenset[int] = frozenset()  # repetitions of a trial that are
    not_run: str | None = None
    classes: tuple[str, ...] = ("plaintext",)
    cheap_p99_ns: float = 4 * MS_NS
    pushed: bool = False  # the second class is
    body_bytes: int = 13
    cold_start_ns: int | None = None  # as stored runs have it that are older than the figure


# A fixed pattern instead of draws, so that golden files depend on no generator.
SCATTER = (1.000, 1.012, 0.991, 1.006, 0.995, 1.009, 0.988)

Figures = Callable[[Cell], Fake]


def small_suite(**changes: object) -> Suite:
    """Two workloads, closed and open, and a null server: quick's shape."""
    suite = Suite(
        title="Event loops against threads, quickly",
        budget="1h",
        seed=42,
        starts=5,
        warmup="500ms",
        duration="1500ms",
        reference="node-http",
        grid=(
            Grid(MODELS_AND_SERVERS, ("plaintext", "cpu-mix")),
            Grid(MODELS_AND_SERVERS, ("plaintext",), "poisson", rates=(1000.0,)),
            Grid(MODELS_AND_SERVERS, ("cpu-mix",), "poisson", rates=(400.0,)),
            Grid(("null",), ("plaintext",), starts=3),
        ),
    )
    return replace(suite, **changes)


def stored_run(
    figures: Figures,
    suite: Suite | None = None,
    *,
    run_id: str = "20260102T030405Z-quick-0a1b2c",
    suite_name: str = "quick",
    not_run: Iterable[NotRun] = (),
    environment: Environment = ENVIRONMENT,
    complete: bool = True,
    trials: int | None = None,
) -> Run:
    """Runs the suite's plan to its end, each trial and block with the figures of its cells. What
    doesn't ask for blocks is measured in trials."""
    suite = suite or small_suite()
    grids = (replace(grid, measure=grid.measure or "trials") for grid in suite.grid)
    suite = replace(suite, grid=tuple(grids))
    left_out = tuple(not_run)
    pairs = {(one.workload, one.backend) for one in left_out}
    records: list[TrialRecord] = []
    blocks: list[BlockRecord] = []
    while todo := plan(suite, pairs | failed_pairs(blocks), stored(records, blocks)):
        for one in todo:
            if isinstance(one, PlannedTrial):
                records.append(trial_record(one, figures(one.cell), environment))
                continue
            blocks.append(block_record(suite, one, figures))
            if not all(known.is_kept for known in stored((), blocks).blocks[-1:]):
                break
    header = Header(
        schema=SCHEMA,
        suite_name=suite_name,
        started="2026-01-02T03:04:05Z",
        seed=suite.seed,
        environment=environment,
        suite=suite,
        order=(),
        workloads={name: _workload(name) for name in suite.workloads},
        backends={name: _backend(name) for name in suite.backends},
        not_run=left_out,
        server_cores=(1,),
        generator_cores=(0,),
    )
    return Run(run_id, header, tuple(records[:trials]), tuple(blocks), complete)


def block_record(suite: Suite, planned: PlannedBlock, figures: Figures) -> BlockRecord:
    """Every lane scatters by a factor of its own in each block, and a little in each round."""
    group = planned.group
    fakes: dict[str, Fake] = {}
    for cell in block_cells(suite):
        if cell.workload == group.workload and cell.backend in group.lanes:
            fakes.setdefault(cell.backend, figures(cell))
    for name, fake in fakes.items():
        if fake.not_run is not None:
            return failed_block(planned.number, name, fake.not_run, workload=group.workload)

    def factor(lane: str, load: str, number: int) -> float:
        at = planned.number + 2 * group.lanes.index(lane)
        return SCATTER[at % len(SCATTER)] * (1 + 0.001 * (number % 3 - 1))

    made = made_block(
        planned.number,
        {name: _made(fakes[name], loads_of(suite, group.workload, name)) for name in group.lanes},
        [load for load, _ in turns(suite, group.workload)],
        suite.rounds,
        factor,
        group.workload,
        group.apart,
        seconds=6.0,
    )
    return judged(made)


def _made(fake: Fake, loads: tuple[str, ...]) -> Made:
    several = len(fake.classes) > 1
    return Made(
        goodput_per_s=fake.goodput_per_s,
        cpu_ns=fake.cpu_ns,
        p50_ns=fake.p50_ns,
        p99_ns=fake.p99_ns,
        rss_bytes=fake.rss_bytes,
        errors=fake.failed,
        lower_bounds=fake.lower_bounds,
        shares={fake.classes[0]: 0.95, fake.classes[1]: 0.05} if several else {},
        loads=loads,
    )


def trial_record(planned: PlannedTrial, fake: Fake, environment: Environment) -> TrialRecord:
    if fake.not_run is not None:
        return TrialRecord(planned, "2026-01-02T03:04:06Z", fake.not_run)
    factor = SCATTER[(planned.repetition - 1) % len(SCATTER)]
    cell = planned.cell
    duration_ns = 1_500_000_000
    p99_ns = fake.p99_ns * factor
    return TrialRecord(
        planned=planned,
        started="2026-01-02T03:04:06Z",
        not_run=None,
        document=_document(planned, fake, factor, duration_ns, environment),
        lowest_lower_bound_ns={"": int(p99_ns)} if fake.lower_bounds else {},
        cold_start_ns=fake.cold_start_ns and round(fake.cold_start_ns * factor),
        served_by=ServedBy(
            ("{contend}", cell.backend), dict.fromkeys(fake.classes, fake.body_bytes), ""
        ),
    )


def _document(
    planned: PlannedTrial, fake: Fake, factor: float, duration_ns: int, environment: Environment
) -> LoadDocument:
    cell = planned.cell
    ok = round(fake.goodput_per_s * factor * duration_ns / 1e9)
    errors = sum(fake.failed.values()) + fake.lower_bounds
    asked = 0 if cell.rate_per_s is None else round(cell.rate_per_s * duration_ns / 1e9)
    late = asked - ok - errors if asked > 1.1 * (ok + errors) else 0  # what overload leaves behind
    requests = Requests(
        scheduled=ok + errors + late,
        ok=ok,
        timeout=fake.lower_bounds,
        shed=0,
        unfinished=late,
        resent=0,
        failed=dict.fromkeys(FAILURES, 0) | fake.failed,
    )
    given_up = fake.lower_bounds + late
    latency = timings(fake.p50_ns * factor, fake.p99_ns * factor, ok + given_up, given_up)
    is_valid = planned.repetition not in fake.invalid
    verdict = Validity(VALID)
    if not is_valid:
        verdict = Validity(CLIENT_BOUND, (Reason("moved", "the generator sent late"),))
    goodput_per_s: float | None = fake.goodput_per_s * factor
    if planned.repetition in fake.partly_valid:
        said = "the generator sent late, which may have moved some"
        verdict = Validity(PARTLY_VALID, (Reason("moved", said),), {}, fake.withheld)
        latency = replace(latency, **dict.fromkeys({*fake.withheld} - {GOODPUT}))
        goodput_per_s = None if GOODPUT in fake.withheld else goodput_per_s
    return LoadDocument(
        target="http://127.0.0.1/",
        arrivals=Arrivals(cell.arrivals, cell.rate_per_s, planned.seed),
        connections=cell.connections,
        threads=1,
        pacing="sleep",
        duration_ns=duration_ns,
        warmup_ns=500_000_000,
        validity=verdict,
        requests=requests,
        goodput_per_s=goodput_per_s,
        bytes_received=ok * fake.body_bytes,
        latency=latency,
        service_time=latency,
        send_lag=timings(1000, 2000, ok),
        own_lateness=timings(1000, 2000, ok),
        receive_lag=None,
        completion_stamp="user",
        classes=_classes(fake, factor, requests, ok),
        connections_opened=cell.connections,
        connect_time=timings(1000, 2000, cell.connections),
        generator=GeneratorUsage(1_000_000, 1000, 20 * 2**20),
        server=ServerFigures(
            cpu_ns=round(fake.cpu_ns * ok),
            cpu_ns_per_request=round(fake.cpu_ns * factor),
            max_rss_bytes=fake.rss_bytes,
            max_threads=1,
            end_rss_bytes=fake.rss_bytes,
        ),
        environment=environment,
    )


def timings(p50_ns: float, p99_ns: float, count: int, lower_bounds: int = 0) -> Timings:
    p50, p99 = round(p50_ns), round(p99_ns)
    encoded = _histogram(p50, p99)
    return Timings(
        count, p50 // 2, p50, p50, p50, p99, p99, p99, p99, 2 * p99, lower_bounds, encoded
    )


@cache
def _histogram(p50_ns: int, p99_ns: int) -> str:
    found = Histogram()
    found.record(p50_ns, 9_800)
    found.record(p99_ns, 200)
    return found.encode()


def _classes(
    fake: Fake, factor: float, requests: Requests, ok: int
) -> tuple[ClassFigures, ...] | UnsetType:
    if len(fake.classes) < 2:
        return UNSET
    cheap = timings(fake.p50_ns * factor, fake.cheap_p99_ns * factor, ok)
    dear = timings(fake.p99_ns * factor, 2 * fake.p99_ns * factor, ok // 20)
    share = 1.0 if fake.pushed else 0.95
    return (
        ClassFigures(fake.classes[0], share, _part(requests, share), cheap, cheap),
        ClassFigures(fake.classes[1], 1 - share, _part(requests, 1 - share), dear, dear),
    )


def _part(requests: Requests, share: float) -> Requests:
    return replace(requests, ok=round(share * requests.ok))


def _workload(name: str) -> WorkloadNote:
    if name == "cpu-mix":
        requests = ("95% GET /json", "5% GET /cpu/20")
        shares = {"json": 0.95, "cpu": 0.05}
        return WorkloadNote("6a cpu-mix", ("json", "cpu"), requests, "aa" * 32, shares=shares)
    if name == "chat":
        return WorkloadNote("11 chat", ("message",), ("GET /chat",), "dd" * 32, "chat")
    return WorkloadNote(f"1 {name}", (name,), (f"GET /{name}",), "bb" * 32)


def _backend(name: str) -> BackendNote:
    return BackendNote(
        f"The server {name}",
        LANGUAGES.get(name, "C++"),
        "one thread",
        STYLES.get(name, "idiomatic"),
        "cc" * 32,
        "C 1",
    )


def quick_figures(cell: Cell) -> Fake:
    """Figures of a plausible size, with what can go wrong in some of the cells."""
    most = {"event-loop": 52000, "gil-threads": 31000, "node-http": 27100, "python-threads": 2400}
    goodput = float(most.get(cell.backend, 68000))
    is_mix = cell.workload == "cpu-mix"
    if is_mix:
        goodput /= 20  # and yet enough of the dear class for a row
    elif cell.backend == "node-http":
        goodput *= 1.02
    reached = goodput if cell.rate_per_s is None else min(goodput, cell.rate_per_s)
    busy = goodput / 100
    return Fake(
        goodput_per_s=reached,
        p50_ns=(2e7 if is_mix else 3e8) / busy,
        p99_ns=41.2 * MS_NS if is_mix else 9e8 / busy,
        cpu_ns=1e9 / goodput,
        rss_bytes=(60 if cell.backend == "node-http" else 24) * 2**20,
        classes=("json", "cpu") if is_mix else ("plaintext",),
        cheap_p99_ns=(9.1 if cell.backend == "gil-threads" else 30.1) * MS_NS,
        body_bytes=14 if cell.backend == "python-threads" and is_mix else 13,
        invalid=frozenset({2} if cell.backend == "gil-threads" else ()),
        failed={"reset": 3} if cell.backend == "python-threads" else {},
        lower_bounds=40 if cell.backend == "python-threads" and cell.rate_per_s == 400 else 0,
    )


def store(run: Run, results: Path) -> Path:
    """Writes the run as a suite does; the file's name comes from what is in it."""
    with RunWriter.create(results, run.header) as writer:
        for one in (*run.trials, *run.blocks):
            writer.append(one)
        if run.complete:
            writer.append(Closing("2026-01-02T03:10:00Z", len(run.trials), len(run.blocks)))
    return writer.path
