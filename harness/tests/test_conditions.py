"""The conditions of a trial: what is read of a result, and what they take in the store."""

from typing import Any

import msgspec
import pytest
from contend.trials.brackets import Bracket
from contend.trials.conditions import Conditions, conditions_of
from contend.trials.validity import LIMITS, Setting, disturbances, judge
from made_results import S_NS, Counts, histogram, one_slice, result, usage
from msgspec.structs import fields

CLOSED, OPEN = Setting("closed", None), Setting("constant", 100.0)
DISTURBED = (
    result(disturbed=900),
    result(requests=Counts(ok=900), sent=900),
    result(receive_lag=histogram({450_000: 1000}), service_time=histogram({20_000: 1000})),
    result(busiest_thread_share=0.97, server=usage(S_NS, busiest_ns=S_NS // 2)),
    result(run_queue_share=0.4, stalled_ns=50_000_000, longest_stall_ns=30_000_000),
    result(run_queue_share=None, stolen_share=0.123456789),
    result(in_flight_seconds=2.0, connections_missing=3),
    result(requests=Counts(reset=7, timeout=3), sent=10, latency=histogram()),
    result(slices=[one_slice(0, 9, ok=9), one_slice(S_NS, 0, connect=9)]),
)


@pytest.mark.parametrize("given", [result(), *DISTURBED])
def test_from_the_store_they_are_judged_the_same(given: Any) -> None:
    found = conditions_of(given)
    read = msgspec.json.decode(msgspec.json.encode(found), type=Conditions)
    assert read == found
    for setting in (CLOSED, OPEN):
        stored = msgspec.json.decode(msgspec.json.encode(setting), type=Setting)
        assert stored == setting
        brackets = {"p50_ns": Bracket(1_000, 90_000, 89_000)}
        assert judge(read, stored, LIMITS, brackets) == judge(found, setting, LIMITS, brackets)
        assert disturbances(read, stored) == disturbances(found, setting)


def test_each_is_read() -> None:
    """Each has a value that is not its usual one in some result: none is left at its default."""
    every = [conditions_of(one) for one in DISTURBED]
    pushed = {"share": 0.0, "requests": Counts(ok=1), "latency": histogram({1: 1})}
    asked = {"share": 1.0, "requests": Counts(shed=1), "latency": histogram({5: 1})}
    classes = [type("Class", (), one)() for one in (pushed, asked)]
    every.append(conditions_of(result(requests=Counts(ok=1, shed=1), classes=classes)))
    for field in fields(Conditions):
        assert any(getattr(one, field.name) != field.default for one in every), field.name


def test_what_is_as_usual_takes_no_space() -> None:
    quiet = result(requests=Counts(ok=1000), server=usage(5_123_456_789, busiest_ns=5_012_345_678))
    text = msgspec.json.encode(conditions_of(quiet))
    for name in (b"stolen", b"stall", b"run_queue", b"missing", b"lost", b"pushes", b"timeout"):
        assert name not in text
    assert len(text) < 500
    assert msgspec.json.encode(CLOSED) == b'{"arrivals":"closed","rate_per_s":null}'


def test_those_that_were_stored_with_own_lateness_are_read() -> None:
    text = b'{"duration_ns":5,"own_lateness_count":9,"own_lateness_p99_ns":60000,"disturbed":3}'
    assert msgspec.json.decode(text, type=Conditions) == Conditions(duration_ns=5, disturbed=3)


def test_goodput_is_what_was_right_in_the_time_that_it_took() -> None:
    assert conditions_of(result(completed_ok=250)).goodput_per_s == 25.0
    assert conditions_of(result(duration_ns=0)).goodput_per_s is None


def test_no_more_digits_than_a_rule_needs() -> None:
    found = conditions_of(
        result(
            stolen_share=1 / 3,
            busiest_thread_share=2 / 3,
            run_queue_share=1 / 7,
            in_flight_seconds=1234.56789,
            service_time=histogram({1_000_000: 1, 1_234_000: 2}),
        )
    )
    assert (found.stolen_share, found.busiest_thread_share) == (0.333333, 0.666667)
    assert (found.run_queue_share, found.in_flight_seconds) == (0.142857, 1234.57)
    assert found.service_time_mean_ns == float(f"{found.service_time_mean_ns:.6g}")


def test_a_server_is_lost_from_its_first_slice_without_an_answer() -> None:
    def lost_from(*slices: Any) -> int | None:
        return conditions_of(result(slices=list(slices))).lost_from_ns

    answered, refused = one_slice(0, 9, ok=9), one_slice(S_NS, 0, connect=9)
    assert lost_from(answered, refused, one_slice(2 * S_NS, 0, reset=1)) == S_NS
    assert lost_from(refused, one_slice(2 * S_NS, 1, ok=1, connect=5)) is None
    assert lost_from(answered, one_slice(S_NS, 0, timeout=5)) is None
    assert lost_from() is None
