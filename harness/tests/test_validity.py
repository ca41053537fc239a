"""Each rule of validity at its limit and just beyond it; reasons say the figure and the limit."""

from collections.abc import Mapping
from typing import Any

import pytest
from contend.trials.brackets import MEAN, Bracket
from contend.trials.conditions import conditions_of
from contend.trials.document import Reason, Validity
from contend.trials.validity import ASKED_FOR, GOODPUT, LIMITS, Limits, Setting, disturbances
from contend.trials.validity import judge as judge_conditions
from contend.trials.validity import lost_share as lost_share_of
from made_results import S_NS, Counts, histogram, one_class, one_slice, result, usage

CLOSED: tuple[str, None] = ("closed", None)
OPEN: tuple[str, float] = ("constant", 100.0)
RATE = 100.0  # of the 1,000 requests in 10 s
MS_NS = 1_000_000
# Off by a tenth of a millisecond: of 1 ms, more than a twentieth; of 3 ms, less.
MOVED = Bracket(MS_NS, MS_NS + 100_000, 100_000)
HARDLY = Bracket(3 * MS_NS, 3 * MS_NS + 100_000, 100_000)


def judge(
    result: Any,
    setting: Setting,
    limits: Limits = LIMITS,
    brackets: Mapping[str, Bracket] | None = None,
) -> Validity:
    return judge_conditions(conditions_of(result), setting, limits, brackets)


def verdict(result: Any, arrivals: str = "constant", rate: float | None = RATE) -> str:
    return judge(result, Setting(arrivals, rate)).verdict


def reason(result: Any, arrivals: str = "constant", rate: float | None = RATE) -> str:
    (said,) = judge(result, Setting(arrivals, rate)).words
    return said


def codes(found: Validity) -> list[str]:
    return [one.code for one in found.reasons if isinstance(one, Reason)]


def bracketed(brackets: Mapping[str, Bracket], limits: Limits = LIMITS) -> Validity:
    """Of a trial at a rate that nothing else is wrong with."""
    return judge(result(), Setting(*OPEN), limits, brackets)


def test_a_trial_without_fault_is_valid() -> None:
    for arrivals, rate in (CLOSED, ("constant", RATE), ("poisson", RATE)):
        assert judge(result(), Setting(arrivals, rate)) == Validity("valid")


def test_late_sends_by_themselves_are_no_fault() -> None:
    """What they may have done to a figure is."""
    assert verdict(result(own_lateness=histogram({S_NS: 1000}), disturbed=1000)) == "valid"


def test_a_figure_that_late_sends_may_have_moved_too_far_is_withheld_by_itself() -> None:
    brackets = {MEAN: HARDLY, "p50_ns": HARDLY, "p90_ns": HARDLY, "p99_ns": MOVED}
    found = bracketed(brackets)
    assert found == Validity(
        "partly-valid",
        (
            Reason(
                "moved",
                "the generator sent late, which may have moved p99 (1.00 ms to 1.10 ms)",
            ),
        ),
        brackets,
        ("p99_ns",),
    )
    assert found.states_figures and not found.is_valid


def test_brackets_within_the_limits_are_told_and_withhold_nothing() -> None:
    brackets = dict.fromkeys(ASKED_FOR, HARDLY)
    assert bracketed(brackets) == Validity("valid", (), brackets, ())


@pytest.mark.parametrize(
    ("low_ns", "off_ns", "verdict"),
    [
        (MS_NS, 50_000, "valid"),
        (MS_NS, 50_001, "partly-valid"),
        (100_000, 10_000, "valid"),  # a twentieth of it are 5 µs
        (100_000, 10_001, "partly-valid"),
        (0, 10_000, "valid"),
        (0, 10_001, "partly-valid"),
    ],
)
def test_a_figure_may_be_off_by_a_twentieth_of_it_or_by_10_us(
    low_ns: int, off_ns: int, verdict: str
) -> None:
    found = bracketed({"p50_ns": Bracket(low_ns, low_ns + off_ns, off_ns)})
    assert found.verdict == verdict
    assert found.withheld == (() if verdict == "valid" else ("p50_ns",))


def test_a_figure_that_is_not_asked_for_is_withheld_in_silence() -> None:
    others = ("p99.9_ns", "p99.99_ns", "GET /a.p50_ns")
    found = bracketed(dict.fromkeys(others, MOVED))
    assert found.is_valid and found.reasons == ()
    assert found.withheld == others


def test_all_figures_that_were_moved_are_said_with_their_brackets() -> None:
    found = bracketed({MEAN: MOVED, "p95_ns": MOVED, "p99_ns": HARDLY, "p99.9_ns": MOVED})
    assert found.words == (
        "the generator sent late, which may have moved mean (1.00 ms to 1.10 ms), "
        "p95 (1.00 ms to 1.10 ms)",
    )
    assert found.withheld == (MEAN, "p95_ns", "p99.9_ns")


def test_a_trial_that_states_nothing_it_was_asked_for_is_the_generators_fault() -> None:
    every = dict.fromkeys(ASKED_FOR, MOVED)
    found = bracketed(every)
    assert (found.verdict, found.withheld) == ("client-bound", ASKED_FOR)
    assert codes(found) == ["moved"] and not found.states_figures
    assert bracketed(every | {"p90_ns": HARDLY}).verdict == "partly-valid"
    assert bracketed(every | {"GET /a.p50_ns": HARDLY}).verdict == "client-bound"


def test_what_else_is_wrong_weighs_more_than_figures_that_were_moved() -> None:
    moved = {"p99_ns": MOVED}
    few = judge(result(sent=900, requests=Counts(ok=900)), Setting(*OPEN), LIMITS, moved)
    assert (few.verdict, codes(few)) == ("client-bound", ["missing-sends", "moved"])
    stolen = judge(result(stolen_share=0.02), Setting(*OPEN), LIMITS, moved)
    assert (stolen.verdict, codes(stolen)) == ("inconclusive", ["stolen-time", "moved"])
    assert few.withheld == stolen.withheld == ("p99_ns",)
    all_moved = dict.fromkeys(ASKED_FOR, MOVED)
    worse = judge(result(stolen_share=0.02), Setting(*OPEN), LIMITS, all_moved)
    assert worse.verdict == "client-bound"


def lost(run_queue: float = 0.0, stalled_ns: int = 0, limits: Limits = LIMITS) -> float:
    conditions = conditions_of(result(run_queue_share=run_queue, stalled_ns=stalled_ns))
    return lost_share_of(conditions, Setting(*CLOSED), limits)


def test_lost_time_is_waiting_and_standing_still_where_either_is_too_much() -> None:
    assert lost(0.02, 10_000_000) == 0.0, "both are within the limits"
    assert lost(0.03, 10_000_000) == pytest.approx(0.031)
    assert lost(0.02, 200_000_000) == pytest.approx(0.04)
    assert lost(0.03, limits=Limits(run_queue_share=0.03)) == 0.0


def test_lost_time_is_known_where_waiting_is_not() -> None:
    stopped = conditions_of(result(run_queue_share=None, stalled_ns=S_NS))
    assert lost_share_of(stopped, Setting(*CLOSED)) == pytest.approx(0.1)


def test_on_a_core_that_is_shared_with_the_server_no_time_is_lost() -> None:
    waited = conditions_of(result(run_queue_share=0.4, stalled_ns=S_NS))
    assert lost_share_of(waited, Setting(*CLOSED, shares_core=True)) == 0.0
    assert lost_share_of(waited, Setting(*CLOSED)) == pytest.approx(0.5)


def test_the_closed_loop_withholds_the_goodput_that_lost_time_may_have_moved() -> None:
    """A generator without 4.7% of its time would have had 5% more of it."""

    def found(share: float, *setting: Any) -> Validity:
        return judge(result(run_queue_share=share), Setting(*(setting or CLOSED)))

    assert found(0.047).withheld == ()
    assert found(0.048).withheld == (GOODPUT,)
    assert found(0.047).verdict == found(0.048).verdict == "partly-valid"
    assert codes(found(0.047)) == ["waited-for-core"]
    assert codes(found(0.048)) == ["waited-for-core", "moved"]
    assert found(0.048).words[1] == "the generator lost time, which may have moved goodput"
    assert found(1.0).withheld == (GOODPUT,), "more than all of it is no more"
    assert found(0.4, *OPEN).withheld == (), "at a rate goodput is what was asked for"


def test_the_closed_loop_says_goodput_before_its_latencies() -> None:
    found = judge(
        result(run_queue_share=0.4), Setting(*CLOSED), LIMITS, {"p50_ns": MOVED, "p99_ns": HARDLY}
    )
    assert found.withheld == (GOODPUT, "p50_ns")
    assert found.words[1] == (
        "the generator lost time, which may have moved goodput, p50 (1.00 ms to 1.10 ms)"
    )


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
    assert verdict(busy(0.96, 0.89)) == "valid"  # the open loop is judged by its sends
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


def test_a_core_that_is_shared_costs_figures_and_not_the_trial() -> None:
    assert verdict(result(run_queue_share=LIMITS.run_queue_share)) == "valid"
    shared = result(run_queue_share=0.4)
    assert verdict(shared) == verdict(shared, *CLOSED) == "partly-valid"
    assert reason(shared) == (
        "the generator waited for its core 40% of the time, more than 2%: something else runs there"
    )
    assert verdict(result(run_queue_share=None)) == "valid"  # not known
    with_the_server = Setting("constant", RATE, shares_core=True)
    assert judge(shared, with_the_server).verdict == "valid"
    short = {"duration_ns": S_NS // 100, "requests": Counts(ok=1), "sent": 1}
    assert verdict(result(run_queue_share=1.0, **short), *CLOSED) == "valid"


def test_a_generator_that_stood_still_costs_figures_and_not_the_trial() -> None:
    assert verdict(result(stalled_ns=10_000_000)) == "valid"  # a thousandth of 10 s
    assert verdict(result(stalled_ns=19_000_000)) == "valid"  # too short to tell
    stopped = result(stalled_ns=50_000_000)
    assert verdict(stopped) == verdict(stopped, *CLOSED) == "partly-valid"
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
    assert verdict(stopped, *CLOSED) == "partly-valid"
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
    every = result(requests=Counts(ok=900), sent=900, stolen_share=0.5, stalled_ns=50_000_000)
    judged = judge(every, Setting(*OPEN), LIMITS, {"p50_ns": MOVED})
    assert judged.verdict == "client-bound"
    assert codes(judged) == ["missing-sends", "stolen-time", "stood-still", "moved"]


def test_fewer_connections_than_asked_are_no_figure_for_so_many() -> None:
    missing = result(connections_missing=6_950)
    assert verdict(missing) == "inconclusive"
    assert reason(missing) == "6,950 of the connections could not be opened"


def test_each_limit_is_a_value_that_is_passed_in() -> None:
    """What breaks one by its usual value, and keeps within another."""
    unread = {"receive_lag": histogram({200_000: 1000}), "service_time": histogram({1_000: 1000})}
    cases: list[tuple[Any, tuple[str, float | None], Limits]] = [
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


@pytest.mark.parametrize("limits", [Limits(moved_share=0.1), Limits(moved_ns=100_000)])
def test_by_how_much_a_figure_may_have_been_moved_is_such_a_value_too(limits: Limits) -> None:
    assert bracketed({"p50_ns": MOVED}).withheld == ("p50_ns",)
    assert bracketed({"p50_ns": MOVED}, limits) == Validity("valid", (), {"p50_ns": MOVED}, ())


def test_by_how_much_goodput_may_have_been_moved_is_such_a_value_too() -> None:
    waited = result(run_queue_share=0.08)
    assert judge(waited, Setting(*CLOSED)).withheld == (GOODPUT,)
    assert judge(waited, Setting(*CLOSED), Limits(moved_share=0.09)).withheld == ()


def test_disturbances_are_not_the_servers() -> None:
    failed = conditions_of(result(requests=Counts(reset=7), sent=7, stolen_share=0.02))
    assert disturbances(failed, Setting(*CLOSED)) == [
        Reason("stolen-time", "2.0% of the machine's CPU time was stolen by its host, more than 1%")
    ]
    assert disturbances(failed, Setting(*CLOSED), Limits(stolen_share=0.02)) == []


def test_what_a_server_pushes_was_sent_by_nobody() -> None:
    """Whether enough was sent goes by what was asked for."""
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
    silent = one_class("ask", 1.0, Counts(timeout=500), histogram({2_000_000: 500}))
    unanswered = pushing(requests=Counts(ok=9_000, timeout=500), classes=[silent, pushed])
    assert reason(unanswered, *CLOSED) == "no response of 9,500 requests was right: 500 timeout"
