"""From a spec to the engine's, and from its result to the document, with an engine made by hand."""

import dataclasses
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from conftest import Serve
from contend import _engine
from contend.cli.load_run import Thresholds
from contend.errors import TrialError
from contend.machine.read_environment import read_environment
from contend.suites.request_class import RequestClass
from contend.trials import run as trial_run
from contend.trials.document import ClientShare, LoadDocument
from contend.trials.spec import TrialSpec, engine_spec, is_open_loop
from fault_server import answering
from made_results import S_NS, Counts, histogram, result, usage
from msgspec import UNSET

SPEC = TrialSpec(
    target="http://127.0.0.1:8080/",
    host_header="127.0.0.1:8080",
    address="127.0.0.1",
    port=8080,
    classes=(RequestClass("GET /"),),
)


def run(given: Any, spec: TrialSpec = SPEC) -> LoadDocument:
    return trial_run.run(spec, read_environment(), None, lambda *_: given)[1]


def test_the_engine_gets_every_field_of_the_spec() -> None:
    wanted = dataclasses.replace(
        SPEC,
        classes=(
            RequestClass(
                *("a", 3.0, "PUT", "/a", (("K", "v"),), b"\x00body", 204, b"\xff", True, ("c=1",))
            ),
            RequestClass("b"),
        ),
        protocol="chat",
        protocol_options={"rooms": 3},
        arrivals="poisson",
        rate_per_s=12.5,
        think_ns=1,
        seed=2**64 - 1,
        connections=3,
        threads=2,
        cpus=(1, 0),
        pacing="spin",
        warmup_ns=4,
        duration_ns=5,
        max_requests=6,
        looks_ns=(2, 3),
        timeout_ns=7,
        deadline_ns=8,
        connect_timeout_ns=9,
        max_queue=10,
        server_pid=11,
        beside_pid=12,
    )
    given = engine_spec(wanted)
    assert (given.host, given.address, given.port) == ("127.0.0.1:8080", "127.0.0.1", 8080)
    assert given.cpus == [1, 0]
    assert given.looks_ns == [2, 3]
    assert given.rate_per_s == 12.5
    others = {"target", "host_header", "classes", "cpus", "looks_ns", "server_cores", "shares_core"}
    named = set(vars(wanted)) - others
    for name in named:
        assert getattr(given, name) == getattr(wanted, name), name
    first, second = given.classes
    for name in ("name", "weight", "method", "path", "body", "expect_status", "expect_body"):
        assert getattr(first, name) == getattr(wanted.classes[0], name), name
    assert first.headers == [("K", "v")]
    assert (first.is_drawn, first.cookies) == (True, ["c=1"])
    assert second.expect_body is None


def test_the_defaults_are_the_engines_own() -> None:
    given, engines = engine_spec(SPEC), _engine.TrialSpec()
    for name in (
        *("arrivals", "rate_per_s", "think_ns", "seed", "connections", "threads", "cpus"),
        *("pacing", "warmup_ns", "duration_ns", "max_requests", "timeout_ns", "deadline_ns"),
        *("connect_timeout_ns", "max_queue", "server_pid"),
    ):
        assert getattr(given, name) == getattr(engines, name), name


def test_kinds_of_arrivals_are_open_or_closed() -> None:
    assert not is_open_loop("closed")
    assert is_open_loop("constant")
    assert is_open_loop("poisson")
    with pytest.raises(
        ValueError, match="there are no arrivals 'x': closed, constant, poisson, bursts"
    ):
        is_open_loop("x")


@pytest.mark.parametrize(
    ("raised", "line"),
    [
        (ValueError("no pacing 'x'"), "http://127.0.0.1:8080/: no pacing 'x'; try "),
        (OSError(22, "Invalid argument"), "this machine refused: Invalid argument; try "),
        (OSError("core 9"), "this machine refused: core 9; try "),
    ],
)
def test_what_the_engine_refuses_is_an_error_of_the_trial(raised: Exception, line: str) -> None:
    def refuse(*_: Any) -> Any:
        raise raised

    with pytest.raises(TrialError) as told:
        trial_run.run(SPEC, read_environment(), None, refuse)
    assert line in str(told.value)


@pytest.mark.parametrize("raised", [OSError(5, "Input/output error"), ValueError("odd")])
def test_what_the_progress_raises_is_no_error_of_the_trial(serve: Serve, raised: Exception) -> None:
    def fail(_: _engine.Progress) -> bool:
        raise raised

    server = serve(answering())
    spec = dataclasses.replace(SPEC, port=server.port, duration_ns=S_NS)
    with pytest.raises(type(raised)) as told:
        trial_run.run(spec, read_environment(), fail)
    assert told.value is raised


def test_the_real_engine_refuses_too() -> None:
    with pytest.raises(TrialError, match="at least one connection a thread"):
        trial_run.run(dataclasses.replace(SPEC, threads=9, connections=8), read_environment())
    with pytest.raises(TrialError, match="this machine refused"):
        trial_run.run(dataclasses.replace(SPEC, server_pid=4_194_305), read_environment())


def test_goodput_and_costs_are_per_right_response_in_the_measured_time() -> None:
    found = run(result(completed_ok=900, server=usage(9 * S_NS)))
    assert found.goodput_per_s == 90.0
    assert found.generator.cpu_ns_per_request == round(S_NS / 900)
    assert found.server is not None
    assert found.server.cpu_ns_per_request == S_NS // 100


def test_what_could_not_be_measured_is_null() -> None:
    nothing = result(
        requests=Counts(),
        duration_ns=0,
        latency=histogram(),
        service_time=histogram(),
        slices=[],
    )
    found = run(nothing)
    assert found.goodput_per_s is None
    assert found.generator.cpu_ns_per_request is None
    assert found.server is None
    assert (found.receive_lag, found.completion_stamp) == (None, "user")
    latency = msgspec.to_builtins(found.latency)
    figures = {name: latency[name] for name in latency if name.endswith("_ns")}
    assert len(figures) == 9
    assert set(figures.values()) == {None}
    assert found.error_rate == 0.0


def test_stamps_of_the_kernel_are_reported_where_there_were_any() -> None:
    asked = run(result(kernel_stamps=True))
    assert (asked.receive_lag, asked.completion_stamp) == (None, "user")
    assert asked.client_excluded is UNSET
    given = run(
        result(
            kernel_stamps=True,
            receive_lag=histogram({30_000: 1000}),
            latency=histogram({1_000_000: 990, 2_000_000: 10}),
            latency_as_read=histogram({1_040_000: 980, 2_500_000: 20}),
        )
    )
    assert given.completion_stamp == "kernel"
    assert isinstance(given.client_excluded, ClientShare)
    assert given.client_excluded.p50_ns == pytest.approx(40_000, abs=1_000)
    assert given.client_excluded.p99_ns == pytest.approx(1_500_000, abs=3_000)
    assert given.client_excluded.max_ns == pytest.approx(500_000, abs=2_000)
    assert given.receive_lag is not None
    assert given.receive_lag.count == 1000


def test_lower_bounds_are_counted_where_they_are() -> None:
    """Of what was given up, only what had been sent has a service time."""
    counts = Counts(ok=90, timeout=4, shed=5, unfinished=1)
    found = run(
        result(
            requests=counts,
            latency=histogram({1_000_000: 100}),
            service_time=histogram({1_000_000: 95}),
        )
    )
    assert found.latency.lower_bounds == 10
    assert found.service_time.lower_bounds == 5
    assert found.send_lag.lower_bounds == found.connect_time.lower_bounds == 0
    assert found.requests.errors == found.requests.given_up == 10
    assert found.error_rate == 0.1


def test_classes_are_there_when_there_is_more_than_one() -> None:
    def one(name: str, share: float, **counts: int) -> Any:
        made = Counts(**counts)
        return SimpleNamespace(
            name=name,
            share=share,
            requests=made,
            latency=histogram({1_000_000: made["ok"] + made["timeout"]}),
            service_time=histogram({1_000_000: made["ok"] + made["timeout"]}),
            lowest_lower_bound_ns=None,
        )

    assert run(result(classes=[one("all", 1.0, ok=1000)])).classes is msgspec.UNSET
    found = run(result(classes=[one("a", 0.9, ok=90), one("b", 0.1, ok=8, timeout=2, reset=1)]))
    assert found.classes is not msgspec.UNSET
    first, second = found.classes
    assert (first.name, first.share, first.latency.lower_bounds) == ("a", 0.9, 0)
    assert (second.latency.lower_bounds, second.service_time.lower_bounds) == (2, 2)
    assert second.requests.failed["reset"] == 1


P99_NS = 40_000_000


@pytest.mark.parametrize(
    ("max_p99_ns", "lowest_lower_bound_ns", "said"),
    [
        (None, None, []),
        (50_000_000, None, []),
        (30_000_000, None, ["p99 40.0 ms is above 30.0 ms"]),
        (50_000_000, 10_000_000, ["p99 ≥40.0 ms is not known to be below 50.0 ms"]),
        (30_000_000, 10_000_000, ["p99 40.0 ms is above 30.0 ms"]),
        (50_000_000, 2 * P99_NS, []),
    ],
)
def test_the_p99_threshold_is_held_by_what_is_known(
    max_p99_ns: int | None, lowest_lower_bound_ns: int | None, said: list[str]
) -> None:
    found = run(result(latency=histogram({P99_NS: 1000})))
    assert Thresholds(max_p99_ns, None).broken(found, lowest_lower_bound_ns) == said


@pytest.mark.parametrize(
    ("most", "broken"), [(0.0, True), (0.09, True), (0.1, False), (1.0, False)]
)
def test_the_error_threshold_counts_all_that_did_not_end_well(most: float, broken: bool) -> None:
    found = run(result(requests=Counts(ok=90, timeout=2, shed=2, unfinished=2, status=4)))
    said = Thresholds(None, most).broken(found, None)
    assert said == ([f"error rate 0.1 is above {most:g}"] if broken else [])
