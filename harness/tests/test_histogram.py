"""The engine's histogram against the `hdrhistogram` package: the same counts, the same text."""

import base64
import struct
import zlib

import pytest
from contend._engine import Histogram
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

HOUR_NS = 3_600_000_000_000
# Both ends of the buckets around each power of two, where an index is off first.
EDGES = sorted(
    {value + off for bits in range(42) for value in [1 << bits] for off in (-1, 0, 1)} | {HOUR_NS}
)
FEW = settings(max_examples=20)  # their library takes tens of milliseconds an example
values = st.one_of(st.integers(0, HOUR_NS), st.integers(0, 5_000), st.sampled_from(EDGES))
samples = st.lists(st.tuples(values, st.integers(1, 10**6)), max_size=60)


def ours(recorded: list[tuple[int, int]]) -> Histogram:
    histogram = Histogram()
    for value, times in recorded:
        histogram.record(value, times)
    return histogram


def theirs(recorded: list[tuple[int, int]]) -> HdrHistogram:
    histogram = HdrHistogram(1, HOUR_NS, 3)
    for value, times in recorded:
        histogram.record_value(value, times)
    return histogram


def counts(histogram: HdrHistogram) -> dict[int, int]:
    """The highest value of each bucket that holds anything, with its count."""
    return {
        item.value_iterated_to: item.count_added_in_this_iter_step
        for item in histogram.get_recorded_iterator()
        if item.count_added_in_this_iter_step
    }


def value_at_rank(histogram: Histogram, rank: int) -> int:
    return histogram.value_at_quantile_ns((rank - 0.5) / histogram.count)


@FEW
@given(samples)
def test_their_library_reads_what_ours_writes(recorded: list[tuple[int, int]]) -> None:
    read = HdrHistogram.decode(ours(recorded).encode())
    assert counts(read) == counts(theirs(recorded))
    assert read.get_total_count() == sum(times for _, times in recorded)


@FEW
@given(samples)
def test_ours_reads_what_their_library_writes(recorded: list[tuple[int, int]]) -> None:
    read = Histogram.decode(theirs(recorded).encode().decode())
    assert read.encode() == ours(recorded).encode()
    assert read.count == sum(times for _, times in recorded)


@given(samples)
def test_what_is_encoded_comes_back_as_it_was(recorded: list[tuple[int, int]]) -> None:
    written = ours(recorded)
    read = Histogram.decode(written.encode())
    assert read.encode() == written.encode()
    for figure in ("count", "min_ns", "max_ns", "mean_ns", "stddev_ns"):
        assert getattr(read, figure) == getattr(written, figure), figure


def test_every_bucket_is_the_one_that_their_library_has() -> None:
    """All buckets around the powers of two, each with a count of its own."""
    recorded = [(value, 1 + place) for place, value in enumerate(EDGES)]
    assert counts(HdrHistogram.decode(ours(recorded).encode())) == counts(theirs(recorded))


@FEW
@given(samples.filter(bool), st.data())
def test_the_figures_are_theirs(recorded: list[tuple[int, int]], data: st.DataObject) -> None:
    mine, other = ours(recorded), theirs(recorded)
    assert mine.min_ns == other.get_min_value()
    assert mine.max_ns == other.get_max_value()
    assert mine.mean_ns == pytest.approx(other.get_mean_value(), rel=1e-9)
    # Theirs squares integers that were rounded down before.
    assert mine.stddev_ns == pytest.approx(other.get_stddev(), rel=1e-6, abs=1)
    rank = data.draw(st.integers(1, mine.count))
    assert value_at_rank(mine, rank) == other.get_value_at_percentile(100 * rank / mine.count)


@given(st.lists(values, min_size=1, max_size=200))
def test_a_quantile_is_the_sample_of_its_rank_within_a_thousandth(recorded: list[int]) -> None:
    histogram = ours([(value, 1) for value in recorded])
    for rank, exact in enumerate(sorted(recorded), start=1):
        reported = value_at_rank(histogram, rank)
        assert exact <= reported <= exact + exact / 1000 + 1


@given(samples, samples)
def test_adding_is_recording_both(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    merged = ours(first)
    merged.add(ours(second))
    assert merged.encode() == ours(first + second).encode()
    assert merged.count == ours(first + second).count


def test_an_empty_histogram_has_no_figures() -> None:
    empty = Histogram()
    assert (empty.count, empty.min_ns, empty.max_ns, empty.mean_ns, empty.stddev_ns) == (0,) * 5
    assert empty.value_at_quantile_ns(0.5) == 0
    assert Histogram.decode(empty.encode()).count == 0
    assert empty.encode().startswith("HISTFAAA")


def test_values_beyond_the_range_count_at_its_ends() -> None:
    histogram = ours([(-5, 1), (2 * HOUR_NS, 1)])
    assert histogram.count == 2
    assert histogram.min_ns == 0
    assert HOUR_NS <= histogram.max_ns <= HOUR_NS * 1.001


@pytest.mark.parametrize("quantile", [-0.1, 1.1, float("nan")])
def test_there_is_no_quantile_outside_0_to_1(quantile: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        ours([(1, 1)]).value_at_quantile_ns(quantile)


def test_nothing_is_recorded_fewer_than_0_times() -> None:
    with pytest.raises(ValueError, match="fewer than 0"):
        Histogram().record(1, -1)


def encoding(
    cookie: int = 0x1C849314,
    inner_cookie: int = 0x1C849313,
    digits: int = 3,
    lowest: int = 1,
    ratio: float = 1.0,
    payload: bytes = b"\x02",
    behind: bytes = b"",
) -> str:
    """An encoding made by hand, of one value of 0 unless told otherwise."""
    head = struct.pack(">IIIIQQd", inner_cookie, len(payload), 0, digits, lowest, HOUR_NS, ratio)
    body = zlib.compress(head + payload) + behind
    return base64.b64encode(struct.pack(">II", cookie, len(body)) + body).decode()


def test_the_encoding_made_by_hand_is_read() -> None:
    assert Histogram.decode(encoding()).count == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HISTFAAA",
        "nonsense",
        "HISTFAAAAC*=",
        "=" * 8,
        "HIST\N{LATIN SMALL LETTER E WITH ACUTE}AAA",
        encoding()[:-8],
        encoding() + "AAAA",
        encoding(behind=b"more"),
        encoding(cookie=0x1C849304),
        encoding(inner_cookie=0x1C849303),
        encoding(digits=2),
        encoding(lowest=1000),
        encoding(ratio=0.5),
        encoding(payload=b"\x80"),  # a count that goes on and on
        encoding(payload=b"\xff" * 9),  # more zeros than there are buckets
        encoding(payload=b"\x02" * 40_000),  # more counts than an hour has buckets
        encoding(payload=bytes(10**7)),  # a bomb
        "A" * 4_000_000,
    ],
    ids=lambda text: text[:12] + f"-{len(text)}",
)
def test_what_is_no_encoding_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an HdrHistogram V2 encoding"):
        Histogram.decode(text)


@given(st.text(max_size=200))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HdrHistogram"):
        Histogram.decode(text)


@given(samples.filter(bool), st.data())
def test_a_damaged_encoding_is_refused_or_read(
    recorded: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Damage may go unnoticed by the format itself, but never ends otherwise."""
    text = ours(recorded).encode()
    place = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:place] + data.draw(st.sampled_from("AZaz09+/=*")) + text[place + 1 :]
    try:
        assert Histogram.decode(damaged).count >= 0
    except ValueError as error:
        assert "HdrHistogram" in str(error)
