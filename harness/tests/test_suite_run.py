"""The flow of a suite with made servers and a made engine: stored, resumed, given up."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from contend.errors import StoreError, SuiteError
from contend.machine.cores import Cores, divide
from contend.machine.environment import Environment, Machine, Software
from contend.runs.record import Header, Run, TrialRecord
from contend.runs.store import RunWriter, read_run
from contend.runs.suite_run import (
    MOST_FAILED_STARTS,
    PreparedSuite,
    Progress,
    check_same,
    header,
    prepare,
    run_suite,
)
from contend.suites.cells import Cell
from contend.suites.plan import TRIAL_START_S, Planned, PlannedTrial
from contend.trials.document import (
    GENERATOR_IS_THE_LIMIT,
    Arrivals,
    GeneratorUsage,
    LoadDocument,
    Requests,
    Timings,
    Validity,
)
from made_workloads import add_backend, add_suite, make_workloads

ENVIRONMENT = Environment(
    Machine("cpu", 2, "6.1", None, True, 1 << 30), Software("0.1.0", "abc", None, {})
)
CORES = Cores((0,), (1,))
NO_TIMINGS = Timings(0, None, None, None, None, None, None, None, None, None, 0, "")


def document(
    planned: PlannedTrial, verdict: str = "valid", reasons: tuple[str, ...] = ()
) -> LoadDocument:
    return LoadDocument(
        target="http://127.0.0.1:1/",
        arrivals=Arrivals("closed", None, planned.seed),
        connections=2,
        threads=1,
        pacing="sleep",
        duration_ns=100_000_000,
        warmup_ns=0,
        validity=Validity(verdict, reasons),
        requests=Requests(10, 10, 0, 0, 0, 0, {}),
        goodput_per_s=100.0,
        bytes_received=0,
        latency=NO_TIMINGS,
        service_time=NO_TIMINGS,
        send_lag=NO_TIMINGS,
        receive_lag=None,
        completion_stamp="user",
        connections_opened=2,
        connect_time=NO_TIMINGS,
        generator=GeneratorUsage(0, None, 0),
        server=None,
        environment=ENVIRONMENT,
    )


Measure = Callable[[PlannedTrial], TrialRecord | None]


def measured(planned: PlannedTrial) -> TrialRecord:
    return TrialRecord(planned, "2026-11-25T00:00:00Z", None, document(planned))


def not_started(planned: PlannedTrial) -> TrialRecord:
    return TrialRecord(planned, "2026-11-25T00:00:00Z", "it did not start")


def of_trials(measure: Measure) -> Callable[[Planned], TrialRecord | None]:
    """No block is asked for."""

    def measure_it(planned: Planned) -> TrialRecord | None:
        assert isinstance(planned, PlannedTrial)
        return measure(planned)

    return measure_it


@pytest.fixture
def workloads(tmp_path: Path) -> Path:
    folder = make_workloads(tmp_path / "workloads")
    add_backend(folder, "a")
    add_backend(folder, "b")
    return folder


@pytest.fixture
def prepared(workloads: Path) -> PreparedSuite:
    return prepare(workloads, add_suite(workloads, "a", "b", starts=3), CORES)


@pytest.fixture
def writer(tmp_path: Path, prepared: PreparedSuite) -> Iterator[RunWriter]:
    with RunWriter.create(tmp_path / "results", header(prepared, ENVIRONMENT, CORES)) as one:
        yield one


def run(
    prepared: PreparedSuite,
    writer: RunWriter,
    measure: Measure,
    stored: tuple[TrialRecord, ...] = (),
) -> Run:
    run_suite(prepared, writer, stored, of_trials(measure))
    return read_run(writer.path)


def test_every_planned_trial_is_stored_in_order(prepared: PreparedSuite, writer: RunWriter) -> None:
    stored = run(prepared, writer, measured)
    assert stored.complete
    assert tuple(trial.planned.key for trial in stored.trials) == stored.header.order
    assert len(stored.trials) == 6


def test_an_interrupted_run_is_resumed_where_it_was(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    left = iter(range(2))
    stored = run(
        prepared, writer, lambda trial: measured(trial) if next(left, None) is not None else None
    )
    assert not stored.complete and len(stored.trials) == 2
    again = run(prepared, writer, measured, stored.trials)
    assert again.complete and len(again.trials) == 6
    assert len({trial.planned.key for trial in again.trials}) == 6
    assert tuple(trial.planned.key for trial in again.trials) == stored.header.order


def test_a_server_that_does_not_start_is_given_up_and_the_rest_goes_on(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    stored = run(
        prepared,
        writer,
        lambda trial: measured(trial) if trial.cell.backend == "a" else not_started(trial),
    )
    assert stored.complete
    by_backend = [trial.planned.cell.backend for trial in stored.trials]
    assert by_backend.count("a") == 3
    assert by_backend.count("b") == MOST_FAILED_STARTS


def test_trials_that_are_not_valid_get_fresh_starts(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    def measure(planned: PlannedTrial) -> TrialRecord:
        late = planned.repetition == 2 and planned.cell.backend == "a"
        verdict = "client-bound" if late else "valid"
        return TrialRecord(planned, "2026-11-25T00:00:00Z", None, document(planned, verdict))

    stored = run(prepared, writer, measure)
    repetitions = [t.planned.repetition for t in stored.trials if t.planned.cell.backend == "a"]
    assert sorted(repetitions) == [1, 2, 3, 4]


LIMIT = f"{GENERATOR_IS_THE_LIMIT}: on its CPU 99% of the time"


@pytest.mark.parametrize(
    ("backend", "rate_per_s", "reasons", "is_valid"),
    [
        ("a", None, (LIMIT,), False),
        ("null", None, (LIMIT,), True),  # the generator's limit is what it measures
        ("null", None, (LIMIT, "5% was stolen"), False),
        ("null", None, ("the generator waited for its core",), False),
        ("null", 400.0, (LIMIT,), False),
    ],
)
def test_only_the_ceiling_may_be_client_bound(
    backend: str, rate_per_s: float | None, reasons: tuple[str, ...], is_valid: bool
) -> None:
    cell = Cell("hello", backend, "closed" if rate_per_s is None else "poisson", 64, rate_per_s)
    planned = PlannedTrial("key", cell, 1, 1, 7)
    one = TrialRecord(
        planned, "2026-11-25T00:00:00Z", None, document(planned, "client-bound", reasons)
    )
    assert one.is_valid == one.finished.is_valid == is_valid


def test_progress_counts_all_that_is_known(prepared: PreparedSuite, writer: RunWriter) -> None:
    told: list[Progress] = []
    run_suite(
        prepared,
        writer,
        (),
        of_trials(measured),
        on_planned=lambda planned, progress: told.append(progress),
    )
    assert [(one.done, one.total) for one in told] == [(done, 6) for done in range(6)]
    each_s = 0.1 + TRIAL_START_S
    assert [one.left_s for one in told] == pytest.approx(
        [each_s * left for left in range(6, 0, -1)]
    )


def test_a_missing_runtime_is_left_out_and_said(
    workloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contend.files.paths.node", lambda: None)
    add_backend(workloads, "n", runtime="node")
    prepared = prepare(workloads, add_suite(workloads, "a", "n"), CORES)
    assert [(one.backend, one.why) for one in prepared.not_run] == [
        ("n", "Node.js is missing: needs scripts/setup")
    ]
    with pytest.raises(SuiteError, match=r"nothing of it can run here: n: Node\.js is missing"):
        prepare(workloads, add_suite(workloads, "n"), CORES)


def test_a_backend_for_several_cores_is_left_out_where_it_has_one(workloads: Path) -> None:
    add_backend(workloads, "many")
    path = workloads / "backends" / "many" / "backend.toml"
    path.write_text(path.read_text(encoding="utf-8") + "least_workers = 2\n", encoding="utf-8")
    suite = add_suite(workloads, "a", "many")
    (left_out,) = prepare(workloads, suite, CORES).not_run
    assert (left_out.backend, left_out.why) == ("many", "needs ≥ 3 cores")
    assert prepare(workloads, suite, Cores((0, 1), (2,))).not_run == ()


def test_a_workload_that_workers_cannot_share_is_left_out_where_there_are_several(
    workloads: Path,
) -> None:
    add_backend(workloads, "alone")
    path = workloads / "backends" / "alone" / "backend.toml"
    path.write_text(path.read_text(encoding="utf-8") + 'one_worker = ["hello"]\n', encoding="utf-8")
    suite = add_suite(workloads, "a", "alone")
    assert prepare(workloads, suite, CORES).not_run == ()
    (left_out,) = prepare(workloads, suite, Cores((0, 1), (2,))).not_run
    assert left_out.why == "not supported: its worker processes share nothing"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda h: msgspec.structs.replace(h, server_cores=(5,)), "other cores are free"),
        (lambda h: msgspec.structs.replace(h, backends={}), "a backend has changed"),
        (
            lambda h: msgspec.structs.replace(
                h, suite=msgspec.structs.replace(h.suite, duration="2s")
            ),
            "the suite file has changed",
        ),
    ],
)
def test_a_run_is_not_resumed_when_what_it_measured_has_changed(
    prepared: PreparedSuite, writer: RunWriter, change: Callable[[Header], Header], said: str
) -> None:
    stored = read_run(writer.path)
    fresh = header(prepared, ENVIRONMENT, CORES)
    check_same(stored, fresh)
    with pytest.raises(StoreError, match=said):
        check_same(stored, change(fresh))


def test_a_run_is_resumed_after_another_boot_of_its_machine_alone(
    prepared: PreparedSuite, writer: RunWriter
) -> None:
    def later(memory_bytes: int) -> Header:
        machine = msgspec.structs.replace(ENVIRONMENT.machine, memory_bytes=memory_bytes)
        environment = msgspec.structs.replace(ENVIRONMENT, machine=machine)
        return header(prepared, environment, CORES)

    stored = read_run(writer.path)
    check_same(stored, later((1 << 30) - 8192))
    with pytest.raises(StoreError, match="this is another machine"):
        check_same(stored, later(1 << 31))


def test_cores_are_disjoint_where_there_are_two() -> None:
    assert divide({0, 1}) == Cores((0,), (1,))
    assert divide({3, 5, 7}) == Cores((3, 5), (7,))
    assert divide({3, 5, 7}).one_each == Cores((3,), (7,))
    assert divide({2}).are_shared and not divide({0, 1}).are_shared
