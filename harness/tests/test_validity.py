"""Each rule of validity at its limit and just beyond it; reasons say the figure and the limit."""

from typing import Any

import pytest
from contend.trials.conditions import conditions_of
from contend.trials.document import Validity
from contend.trials.validity import LIMITS, Limits, Setting, disturbances
from contend.trials.validity import judge as judge_conditions
from made_results import S_NS, Counts, histogram, one_class, one_slice, result, usage

CLOSED: tuple[str, None] = ("closed", None)
OWN_LATENESS_NS = int(LIMITS.own_lateness_ns)
RATE = 100.0  # of the 1,000 requests in 10 s


def judge(result: Any, setting: Setting, limits: Limits = LIMITS) -> Validity:
    return judge_conditions(conditions_of(result), setting, limits)


def verdict(result: Any, arrivals: str = "constant", rate: float | None = RATE) -> str:
    return judge(result, Setting(arrivals, rate)).verdict


def reason(result: Any, arrivals: str = "constant", rate: float | None = RATE) -> str:
    (said,) = judge(result, Setting(arrivals, rate)).reasons
    return said


def test_a_trial_without_fault_is_valid() -> None:
    for arrivals, rate in (CLOSED, ("constant", RATE), ("poisson", RATE)):
        assert judge(result(), Setting(arrivals, rate)) == Validity("valid")


def lagging(p99_ns: int, latency_ns: int) -> Any:
    lag = histogram({1_000: 985, p99_ns: 15})
    return result(own_lateness=lag, latency=histogram({latency_ns: 1000}))


def test_late_sends_are_the_generators_fault() -> None:
    assert verdict(lagging(OWN_LATENESS_NS - 100, 100_000)) == "valid"
    late = lagging(OWN_LATENESS_NS + 100, 100_000)
    assert verdict(late) == "client-bound"
    assert reason(late) == (
        "the generator sent late: p99 50.1 µs after the intended time with a connection free, "
        "more than 50.0 µs"
    )
    assert verdict(late, *CLOSED) == "valid"  # a closed loop intends nothing


def test_a_slow_server_allows_a_share_of_its_latency() -> None:
    median_ns = 10_000_000
    allowed = int(LIMITS.own_lateness_share * median_ns)
    assert verdict(lagging(allowed - 1_000, median_ns)) == "valid"
    assert verdict(lagging(allowed + 2_000, median_ns)) == "client-bound"


def test_one_in_a_hundred_sends_may_be_late() -> None:
    assert verdict(result(own_lateness=histogram({1_000: 990, S_NS: 10}))) == "valid"
    assert verdict(result(own_lateness=histogram({1_000: 989, S_NS: 11}))) == "client-bound"


def test_what_was_never_sent_is_the_generators_fault() -> None:
    def sent(count: int) -> Any:
        return result(requests=Counts(ok=count), sent=count)

    assert verdict(sent(989)) == "valid"  # 0.99 of 1,000, and one for the ends
    assert verdict(sent(988)) == "client-bound"
    assert reason(sent(900)) == "the generator sent 0.900 of the asked rate, less than 0.99"


def test_a_number_of_requests_lasts_until_the_last_has_ended() -> None:
    long = result(duration_ns=20 * S_NS)  # 1,000 at 100/s, and a slow last one
    assert verdict(long) == "client-bound"
    assert judge(long, Setting("constant", RATE, max_requests=1000)).verdict == "valid"


def test_what_the_server_kept_from_being_sent_is_not() -> None:
    counts = Counts(ok=500, shed=300, unfinished=150, connect=50)
    assert verdict(result(requests=counts, sent=500)) == "valid"


def test_a_poisson_count_may_scatter() -> None:
    """Four square roots of 1,000 are 126."""

    def sent(count: int) -> Any:
        return result(requests=Counts(ok=count), sent=count)

    assert verdict(sent(864), "poisson") == "valid"
    assert verdict(sent(863), "poisson") == "client-bound"


def test_a_busy_generator_beside_an_idle_server_is_the_limit() -> None:
    def busy(generator: float, server: float) -> Any:
        return result(busiest_thread_share=generator, server=usage(int(server * 10 * S_NS)))

    assert verdict(busy(0.95, 0.5), *CLOSED) == "valid"
    assert verdict(busy(0.96, 0.9), *CLOSED) == "valid"
    assert verdict(busy(0.96, 0.89), *CLOSED) == "client-bound"
    assert reason(busy(0.97, 0.5), *CLOSED) == (
        "the generator was the limit: on its CPU 97% of the time, more than 95%, while the server "
        "used 50% of its own, less than 90%"
    )
    assert verdict(busy(0.96, 0.89)) == "valid"  # the open loop is judged by its lag
    two_cores = Setting(*CLOSED, server_cores=2)
    assert judge(busy(0.96, 1.79), two_cores).verdict == "client-bound"
    assert judge(busy(0.96, 1.80), two_cores).verdict == "valid"
    one_thread = result(busiest_thread_share=0.96, server=usage(9 * S_NS, busiest_ns=9 * S_NS))
    assert judge(one_thread, two_cores).verdict == "valid"  # its only one is at its end


def test_a_server_that_was_not_sampled_accuses_nobody() -> None:
    assert verdict(result(busiest_thread_share=1.0), *CLOSED) == "valid"


def test_stolen_time_leaves_it_open() -> None:
    assert verdict(result(stolen_share=0.01)) == "valid"
    stolen = result(stolen_share=0.02)
    assert verdict(stolen) == verdict(stolen, *CLOSED) == "inconclusive"
    assert reason(stolen) == ("2.0% of the machine's CPU time was stolen by its host, more than 1%")


def test_a_core_that_is_shared_is_the_clients_fault() -> None:
    assert verdict(result(run_queue_share=LIMITS.run_queue_share)) == "valid"
    shared = result(run_queue_share=0.4)
    assert verdict(shared) == verdict(shared, *CLOSED) == "client-bound"
    assert reason(shared) == (
        "the generator waited for its core 40% of the time, more than 2%: something else runs there"
    )
    assert verdict(result(run_queue_share=None)) == "valid"  # not known
    with_the_server = Setting("constant", RATE, shares_core=True)
    assert judge(shared, with_the_server).verdict == "valid"
    short = {"duration_ns": S_NS // 100, "requests": Counts(ok=1), "sent": 1}
    assert verdict(result(run_queue_share=1.0, **short), *CLOSED) == "valid"


def test_a_generator_that_stood_still_leaves_it_open() -> None:
    assert verdict(result(stalled_ns=10_000_000)) == "valid"  # a thousandth of 10 s
    assert verdict(result(stalled_ns=19_000_000)) == "valid"  # too short to tell
    stopped = result(stalled_ns=50_000_000)
    assert verdict(stopped) == verdict(stopped, *CLOSED) == "inconclusive"
    assert reason(stopped) == (
        "the generator stood still for 50.0 ms, more than 0.1% of the time: it was stopped or its "
        "core was taken away"
    )


def test_responses_that_lie_unread_are_the_generators_fault() -> None:
    def unread(lag_ns: int, service_ns: int) -> Any:
        lag, service = histogram({lag_ns: 1000}), histogram({service_ns: 1000})
        return result(receive_lag=lag, service_time=service)

    assert verdict(unread(99_000, 20_000)) == "valid"
    assert verdict(unread(450_000, 900_000)) == "valid"  # the server took longer
    assert verdict(unread(450_000, 20_000)) == "client-bound"
    assert reason(unread(450_000, 20_000)) == (
        "the generator read late: half of the responses lay unread for 450 µs or more, longer than "
        "100 µs and than the 20.0 µs of service time"
    )


def test_one_long_stall_spoils_the_longest_trial() -> None:
    hour = {"duration_ns": 3600 * S_NS}
    stopped = result(stalled_ns=40_000_000, longest_stall_ns=40_000_000, **hour)
    assert verdict(stopped, *CLOSED) == "inconclusive"
    assert reason(stopped, *CLOSED) == (
        "the generator stood still for 40.0 ms at once, more than 25.0 ms: it was stopped or its "
        "core was taken away"
    )
    short = result(stalled_ns=40_000_000, longest_stall_ns=20_000_000, **hour)
    assert verdict(short, *CLOSED) == "valid"


def test_littles_law_holds_or_a_count_is_wrong() -> None:
    assert verdict(result(in_flight_seconds=0.905), *CLOSED) == "valid"
    wrong = result(in_flight_seconds=0.92)
    assert verdict(wrong) == verdict(wrong, *CLOSED) == "inconclusive"
    assert reason(wrong) == (
        "Little's law does not hold: 0.092 requests were in flight on average, but rate times "
        "time says 0.08998: a count is wrong"
    )
    # Without a service time for each request that was sent it says nothing.
    assert verdict(result(in_flight_seconds=0.92, sent=1001), *CLOSED) == "valid"


def test_no_right_response_is_no_measurement() -> None:
    failed = result(requests=Counts(reset=7, timeout=3), sent=10)
    assert verdict(failed, *CLOSED) == "inconclusive"
    assert reason(failed, *CLOSED) == "no response of 10 requests was right: 3 timeout, 7 reset"
    nothing = result(requests=Counts(), sent=0, duration_ns=0, slices=[], latency=histogram())
    assert reason(nothing, *CLOSED) == "no request was made in the measured time"
    assert verdict(nothing) == "inconclusive"
    from_warm_up = result(requests=Counts(unfinished=4), completed_ok=4)
    assert verdict(from_warm_up, *CLOSED) == "valid"


def test_a_server_that_stopped_answering_is_named_with_the_time() -> None:
    lost = result(
        slices=[
            one_slice(0, 100, ok=100),
            one_slice(S_NS, 0, reset=4, connect=90),
            one_slice(2 * S_NS, 0, connect=100),
        ]
    )
    assert verdict(lost, *CLOSED) == "inconclusive"
    assert reason(lost, *CLOSED) == (
        "the server stopped answering: from 1.00 s into the measured time on its connections "
        "failed and no response was right"
    )


@pytest.mark.parametrize(
    "last",
    [
        one_slice(S_NS, 1, ok=1, connect=99),  # it came back
        one_slice(S_NS, 0, timeout=4),  # it is slow
        one_slice(S_NS, 0),  # nothing was due
    ],
)
def test_a_server_that_still_answers_or_is_slow_is_not_lost(last: Any) -> None:
    assert verdict(result(slices=[one_slice(0, 100, ok=100), last]), *CLOSED) == "valid"


def test_the_generators_fault_comes_first_and_all_reasons_are_given() -> None:
    both = result(own_lateness=histogram({S_NS: 1000}), stolen_share=0.5)
    judged = judge(both, Setting("constant", RATE))
    assert judged.verdict == "client-bound"
    assert len(judged.reasons) == 2


def test_fewer_connections_than_asked_are_no_figure_for_so_many() -> None:
    missing = result(connections_missing=6_950)
    assert verdict(missing) == "inconclusive"
    assert reason(missing) == "6,950 of the connections could not be opened"


def test_each_limit_is_a_value_that_is_passed_in() -> None:
    """What breaks one by its usual value, and keeps within another."""
    lag = histogram({60_000: 1000})
    unread = {"receive_lag": histogram({200_000: 1000}), "service_time": histogram({1_000: 1000})}
    cases: list[tuple[Any, tuple[str, float | None], Limits]] = [
        (result(own_lateness=lag), ("constant", RATE), Limits(own_lateness_ns=70_000)),
        (result(own_lateness=lag), ("constant", RATE), Limits(own_lateness_share=0.07)),
        (result(requests=Counts(ok=900)), ("constant", 100.0), Limits(sent_share=0.9)),
        (result(requests=Counts(ok=860)), ("poisson", 100.0), Limits(poisson_deviations=4.5)),
        (result(**unread), ("constant", RATE), Limits(unread_ns=210_000)),
        (
            result(busiest_thread_share=0.96, server=usage(S_NS)),
            CLOSED,
            Limits(busy_generator_share=0.96),
        ),
        (
            result(busiest_thread_share=0.96, server=usage(S_NS)),
            CLOSED,
            Limits(busy_server_share=0.1),
        ),
        (result(run_queue_share=0.03), CLOSED, Limits(run_queue_share=0.03)),
        (result(run_queue_share=0.03), CLOSED, Limits(shortest_loss_ns=S_NS)),
        (result(stalled_ns=50_000_000), CLOSED, Limits(stalled_share=0.005)),
        (result(stalled_ns=50_000_000), CLOSED, Limits(shortest_loss_ns=S_NS)),
        (result(longest_stall_ns=26_000_000), CLOSED, Limits(longest_stall_ns=26_000_000)),
        (result(in_flight_seconds=0.92), CLOSED, Limits(little_share=0.03)),
        (result(stolen_share=0.02), CLOSED, Limits(stolen_share=0.02)),
    ]
    for given, asked, limits in cases:
        given.sent = given.requests.scheduled
        assert judge(given, Setting(*asked)).verdict != "valid", limits
        assert judge(given, Setting(*asked), limits).verdict == "valid", limits


def test_disturbances_are_not_the_servers() -> None:
    failed = conditions_of(result(requests=Counts(reset=7), sent=7, stolen_share=0.02))
    assert disturbances(failed, Setting(*CLOSED)) == [
        "2.0% of the machine's CPU time was stolen by its host, more than 1%"
    ]
    assert disturbances(failed, Setting(*CLOSED), Limits(stolen_share=0.02)) == []


def test_what_a_server_pushes_was_sent_by_nobody() -> None:
    """Whether enough was sent, and how late it may be, goes by what was asked for."""
    asked = one_class("ask", 1.0, Counts(ok=500), histogram({2_000_000: 500}))
    pushed = one_class("event", 0.0, Counts(ok=9_000), histogram({50_000_000: 9_000}))

    def pushing(**given: Any) -> Any:
        made: dict[str, Any] = {
            "requests": Counts(ok=9_500),
            "classes": [asked, pushed],
            "latency": histogram({50_000_000: 9_500}),
            "sent": 500,
            **given,
        }
        return result(**made)

    assert reason(pushing()) == "the generator sent 0.500 of the asked rate, less than 0.99"
    assert verdict(pushing(), "constant", 50.0) == "valid"
    late = pushing(own_lateness=histogram({150_000: 500}))
    assert reason(late, "constant", 50.0).endswith("more than 100 µs")  # 5% of 2 ms
    silent = one_class("ask", 1.0, Counts(timeout=500), histogram({2_000_000: 500}))
    unanswered = pushing(requests=Counts(ok=9_000, timeout=500), classes=[silent, pushed])
    assert reason(unanswered, *CLOSED) == "no response of 9,500 requests was right: 500 timeout"
