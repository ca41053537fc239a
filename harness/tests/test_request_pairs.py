"""What was reported beside the truth, request by request."""

from dataclasses import replace

import numpy as np
import pytest
from contend.certify.oracle import Times, Truth
from contend.certify.request_pairs import compare, overlaps
from hypothesis import given
from hypothesis import strategies as st

US = 1_000
NONE: Times = np.empty((0, 2), dtype=np.int64)


def rows(*given: tuple[int, ...]) -> Times:
    return np.array(given, dtype=np.int64) * US


def truth(*given: tuple[int, int, int, int], gaps: Times = NONE) -> Truth:
    """Rows of intended, done, received and replied, in µs."""
    intended, done, received, replied = rows(*given).reshape(-1, 4).T
    return Truth(intended, done, received, replied, gaps)


# Of intended, sent and completed in µs; the fourth is the outcome.
SAMPLES = rows((100, 101, 210, 0), (300, 302, 430, 0), (200, 200, 330, 0))
TRUTH = truth((100, 200, 110, 201), (200, 320, 210, 322), (300, 420, 320, 421))


def test_requests_are_found_by_their_intended_times() -> None:
    found = compare(SAMPLES, NONE, TRUTH)
    assert list(found.reported_ns // US) == [110, 130, 130]
    assert list(found.truth_ns // US) == [100, 120, 120]
    assert list(found.error_ns(10 * US) // US) == [0, 0, 0]
    assert list(found.error_ns(4 * US) // US) == [6, 6, 6]
    assert list(found.send_lag_ns // US) == [1, 0, 2]
    assert list(found.oracle_lag_ns // US) == [1, 2, 1]
    assert not found.apart.any()
    assert (found.requests, found.mistaken) == (3, 0)


def test_warm_up_requests_of_the_log_are_left_out() -> None:
    found = compare(SAMPLES[1:2], NONE, TRUTH)
    assert list(found.send_lag_ns // US) == [2]  # the third's


@pytest.mark.parametrize(
    ("gap", "apart"),
    [
        ((90, 100), [False, False, False]),  # over when the first was meant to be sent
        ((90, 101), [True, False, False]),
        ((105, 108), [True, False, False]),  # on its way to the oracle
        ((130, 190), [False, False, False]),  # while it waits in the queue
        ((215, 300), [False, False, False]),
        ((205, 206), [True, True, False]),  # on the way back, and on the next one's way out
        ((100, 430), [True, True, True]),
    ],
)
@pytest.mark.parametrize("side", ["generator", "oracle"])
def test_what_a_gap_may_have_moved_is_set_apart(
    gap: tuple[int, int], apart: list[bool], side: str
) -> None:
    gaps = rows(gap)
    if side == "generator":
        found = compare(SAMPLES, gaps, TRUTH)
    else:
        found = compare(SAMPLES, NONE, replace(TRUTH, gaps_ns=gaps))
    assert list(found.apart) == apart


def test_outcomes_have_to_be_the_oracles() -> None:
    samples = np.concatenate([SAMPLES, rows((400, 400, 410, 0), (500, 500, 510, 0))])
    samples[:, 3] = [0, 0, 7, 7, 1]  # a refusal of what was served, a right one, a timeout
    known = truth(
        *((100, 200, 110, 201), (200, 320, 210, 322), (300, 420, 320, 421)),
        (400, 0, 405, 406),
    )
    found = compare(samples, NONE, known)
    assert list(found.truth_ns // US) == [100, 120]
    assert list(found.was_refused) == [False, False, False, True, False]
    assert found.mistaken == 2


@pytest.mark.parametrize(("outcome", "mistaken"), [(7, 0), (1, 1), (5, 1), (6, 1)])
def test_a_refusal_is_a_status_and_nothing_else(outcome: int, mistaken: int) -> None:
    samples = rows((400, 400, 410, 0))
    samples[:, 3] = outcome
    assert compare(samples, NONE, truth((400, 0, 405, 406))).mistaken == mistaken


def test_an_answer_that_the_oracle_does_not_know_is_mistaken() -> None:
    found = compare(SAMPLES, NONE, truth((100, 200, 110, 201), (200, 320, 210, 322)))
    assert (len(found.truth_ns), found.mistaken) == (2, 1)
    found = compare(SAMPLES, NONE, truth())
    assert (len(found.truth_ns), found.mistaken) == (0, 3)


def test_nothing_is_no_evidence_either() -> None:
    found = compare(np.empty((0, 4), dtype=np.int64), NONE, TRUTH)
    assert (found.requests, found.mistaken, len(found.apart)) == (0, 0, 0)


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=8)


def distinct(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """One thread's: in order, none overlapping the one before."""
    kept: list[tuple[int, int]] = []
    for begin, length in sorted(found):
        if not kept or begin >= kept[-1][1]:
            kept.append((begin, begin + length))
    return kept


@given(spans, spans)
def test_overlaps_are_those_of_each_pair(
    gaps: list[tuple[int, int]], times: list[tuple[int, int]]
) -> None:
    kept = distinct(gaps)
    begin = np.array([one for one, _ in times], dtype=np.int64)
    end = begin + np.array([length for _, length in times], dtype=np.int64)
    found = overlaps(np.array(kept, dtype=np.int64).reshape(-1, 2), begin, end)
    expected = [
        any(gap_begin < last and gap_end > first for gap_begin, gap_end in kept)
        for first, last in zip(begin, end, strict=True)
    ]
    assert list(found) == expected
