"""From a spec to the engine's, and from its result to the document, with an engine made by hand."""

import dataclasses
from typing import Any

import msgspec
import pytest
from conftest import Serve
from contend import _engine
from contend.errors import TrialError
from contend.machine.read_environment import read_environment
from contend.suites.request_class import RequestClass
from contend.trials import run as trial_run
from contend.trials.document import ClientShare, LoadDocument, Reason
from contend.trials.rate_stages import RateStage
from contend.trials.spec import Pacing, TrialSpec, engine_spec, is_open_loop
from contend.trials.tls import Tls
from fault_server import answering
from made_results import S_NS, Counts, histogram, one_class, result, usage
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
        keep_alive=False,
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
        unix_path="/run/a.sock",
        tls=Tls("a.example", False, "ca.pem", True),
        stages=(RateStage(13, 14.5),),
        recorded_ns=(15, 16),
        recording="access.log",
    )
    given = engine_spec(wanted)
    assert (given.host, given.address, given.port) == ("127.0.0.1:8080", "127.0.0.1", 8080)
    assert given.cpus == [1, 0]
    assert given.looks_ns == [2, 3]
    assert given.rate_per_s == 12.5
    assert given.stages == [(13, 14.5)]
    assert given.recorded_ns == [15, 16]
    tls = given.tls
    assert tls is not None
    given_tls = (tls.server_name, tls.verifies, tls.ca_file, tls.resumes)
    assert given_tls == ("a.example", False, "ca.pem", True)
    others = {"target", "host_header", "classes", "cpus", "looks_ns", "server_cores", "shares_core"}
    others |= {"stages", "recorded_ns", "recording", "tls"}
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
        *("arrivals", "rate_per_s", "think_ns", "seed", "connections", "keep_alive", "threads"),
        *("cpus", "warmup_ns", "duration_ns", "max_requests", "timeout_ns", "deadline_ns"),
        *("connect_timeout_ns", "max_queue", "server_pid"),
    ):
        assert getattr(given, name) == getattr(engines, name), name


@pytest.mark.parametrize("pacing", ["auto", "sleep", "spin", "busy"])
def test_only_what_is_paced_is_polled_for(pacing: Pacing) -> None:
    """In the closed loop, and on the server's core, the engine only sleeps."""
    at_a_rate = dataclasses.replace(SPEC, arrivals="constant", rate_per_s=5.0, pacing=pacing)
    assert engine_spec(at_a_rate).pacing == pacing
    assert engine_spec(dataclasses.replace(at_a_rate, shares_core=True)).pacing == "sleep"
    closed = dataclasses.replace(SPEC, pacing=pacing)
    assert engine_spec(closed).pacing == "sleep"
    assert run(result(), closed).pacing == pacing, "as it was asked for"


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
        return one_class(name, share, made, histogram({1_000_000: made["ok"] + made["timeout"]}))

    assert run(result(classes=[one("all", 1.0, ok=1000)])).classes is msgspec.UNSET
    found = run(result(classes=[one("a", 0.9, ok=90), one("b", 0.1, ok=8, timeout=2, reset=1)]))
    assert found.classes is not msgspec.UNSET
    first, second = found.classes
    assert (first.name, first.share, first.latency.lower_bounds) == ("a", 0.9, 0)
    assert (second.latency.lower_bounds, second.service_time.lower_bounds) == (2, 2)
    assert second.requests.failed["reset"] == 1


# --- what the generator may have moved --------------------------------------------------------

OPEN = dataclasses.replace(SPEC, arrivals="constant", rate_per_s=100.0)
# A tenth of the requests may have taken 9 ms, and not 1.
MOVED = {
    "latency_low": histogram({1_000_000: 1000}),
    "latency_high": histogram({1_000_000: 900, 9_000_000: 100}),
}


def test_figures_that_late_sends_may_have_moved_are_null() -> None:
    found = run(result(**MOVED), OPEN)
    assert found.validity.verdict == "partly-valid"
    assert found.validity.withheld == ("mean_ns", "p95_ns", "p99_ns", "p99.9_ns")
    assert list(found.validity.brackets) == [
        *("mean_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99.9_ns"),
    ]
    assert found.validity.brackets["p50_ns"].off_ns == 0
    latency = found.latency
    assert (latency.mean_ns, latency.p95_ns, latency.p99_ns, latency.p99_9_ns) == (None,) * 4
    assert latency.p50_ns == latency.p90_ns == latency.max_ns
    assert found.goodput_per_s == 100.0
    assert found.service_time.mean_ns is not None


def test_a_class_has_its_own_withheld_figures() -> None:
    times = histogram({1_000_000: 500})
    still = one_class(
        *("GET /still", 0.5, Counts(ok=500), times), latency_low=times, latency_high=times
    )
    moved = one_class(
        *("GET /p99.9", 0.5, Counts(ok=500), times),
        latency_low=times,
        latency_high=histogram({9_000_000: 500}),
    )
    at_once = histogram({1_000_000: 1000})
    given = result(latency_low=at_once, latency_high=at_once, classes=[still, moved])
    found = run(given, OPEN)
    assert found.validity.verdict == "valid", "what was asked for is of all requests"
    assert found.validity.withheld == (
        *("GET /p99.9.mean_ns", "GET /p99.9.p50_ns", "GET /p99.9.p90_ns", "GET /p99.9.p95_ns"),
        "GET /p99.9.p99_ns",
    )
    assert found.classes is not UNSET
    first, second = found.classes
    assert first.latency.p99_ns == found.latency.p99_ns is not None
    assert (second.latency.mean_ns, second.latency.p99_ns) == (None, None)
    assert second.service_time.p99_ns is not None


def test_time_lost_in_the_closed_loop_brackets_quantiles_and_goodput() -> None:
    """A tenth of the time: twice as many requests may be anywhere, and nothing can be stated."""
    given = result(
        latency=histogram([milliseconds * 1_000_000 for milliseconds in range(1, 1001)]),
        run_queue_share=0.1,
    )
    found = run(given)
    assert found.validity.verdict == "client-bound"
    assert found.goodput_per_s is None
    assert found.validity.withheld == (
        *("goodput_per_s", "mean_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "p99.9_ns"),
    )
    p50 = found.validity.brackets["p50_ns"]
    assert p50.low_ns == pytest.approx(300_000_000, rel=1e-3)
    assert p50.high_ns == pytest.approx(700_000_000, rel=1e-3)
    assert found.latency.p50_ns is None
    assert found.latency.mean_ns is None
    mean = found.validity.brackets["mean_ns"]
    assert mean.low_ns == pytest.approx(0.9 * mean.high_ns, rel=1e-3)
    assert run(given, OPEN).validity.brackets == {}, "at a rate late sends have the brackets"


def test_the_poll_window_is_null_where_polling_never_ended() -> None:
    assert run(result(poll_window_ns=60_000), OPEN).generator.poll_window_ns == 60_000
    assert run(result(poll_window_ns=0), OPEN).generator.poll_window_ns == 0
    assert run(result(poll_window_ns=2**63 - 1), OPEN).generator.poll_window_ns is None


def test_wrong_statuses_are_by_their_number() -> None:
    counts = Counts(ok=990, status=10)
    found = run(result(requests=counts, wrong_statuses={404: 7, 503: 3}, unasked_responses=2))
    assert found.wrong_statuses == {"404": 7, "503": 3}
    assert found.unasked_responses == 2
    assert found.only_wrong_status is None


@pytest.mark.parametrize(
    ("counts", "statuses", "only"),
    [
        (Counts(status=10), {404: 10}, "404"),
        (Counts(status=10), {404: 9, 503: 1}, None),
        (Counts(ok=1, status=9), {404: 9}, None),
        (Counts(status=9, timeout=1), {404: 9}, "404"),  # which has had no response
        (Counts(ok=10), {}, None),
        (Counts(status=10), {}, None),  # of a run that was stored before
    ],
)
def test_one_wrong_status_of_all_responses_is_told(
    counts: Counts, statuses: dict[int, int], only: str | None
) -> None:
    assert run(result(requests=counts, wrong_statuses=statuses)).only_wrong_status == only


def test_reasons_have_codes_that_a_program_can_read() -> None:
    found = run(result(stolen_share=0.03, run_queue_share=0.1)).validity
    assert [one.code for one in found.reasons if isinstance(one, Reason)] == [
        *("stolen-time", "waited-for-core", "moved"),
    ]
    assert found.words[0] == ("3.0% of the machine's CPU time was stolen by its host, more than 1%")
    assert found.verdict == "inconclusive"
