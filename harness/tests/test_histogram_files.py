"""What `contend load --hgrm` and `--hlog` write, read by the hdrhistogram package."""

import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Contend, Serve
from contend._engine import Histogram
from contend.reports import hgrm, hlog
from fault_server import answering
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

HOUR_NS = 3_600_000_000_000


def latencies(values_ns: range) -> Histogram:
    histogram = Histogram()
    for value_ns in values_ns:
        histogram.record(value_ns)
    return histogram


def intervals(path: Path) -> list[Any]:
    """Of an interval log."""
    with closing(HistogramLogReader(str(path), HdrHistogram(1, HOUR_NS, 3))) as reader:
        return list(iter(reader.get_next_interval_histogram, None))


def rows(text: str) -> list[list[float]]:
    """Of a percentile distribution: value in ms, percentile, count, and what is left of 1."""
    return [
        [float(cell) for cell in line.split()]
        for line in text.splitlines()
        if re.match(r" *\d", line)
    ]


def test_a_distribution_ends_at_all_of_it() -> None:
    found = rows(hgrm.render(latencies(range(1_000_000, 101_000_000, 100_000))))
    assert found[0][:2] == [pytest.approx(1.0, rel=1e-3), 0.0]
    assert found[-1] == [pytest.approx(100.9, rel=1e-3), 1.0, 1000]
    values, quantiles, counts = (
        list(column) for column in zip(*(row[:3] for row in found), strict=True)
    )
    assert values == sorted(values) and counts == sorted(counts)
    assert quantiles == sorted(set(quantiles))
    at = {round(row[1], 4): row for row in found}
    assert at[0.5][0] == pytest.approx(51.0, rel=3e-3)
    assert at[0.9][3] == pytest.approx(10.0)
    assert all(row[2] >= row[1] * 1000 - 1 for row in found)


def test_the_percentile_lines_are_those_of_hdrhistogram() -> None:
    """Its own output, of the same values: the same ticks and values."""
    ours = latencies(range(1_000_000, 101_000_000, 100_000))
    theirs = HdrHistogram.decode(ours.encode())
    for value_ms, quantile, count, *_ in rows(hgrm.render(ours)):
        assert theirs.get_value_at_percentile(quantile * 100) / 1e6 == pytest.approx(
            value_ms, rel=2e-3
        )
        assert theirs.get_count_at_value(round(value_ms * 1e6)) <= count


def test_an_empty_distribution_has_no_lines() -> None:
    text = hgrm.render(Histogram())
    assert rows(text) == []
    assert "Total count    =            0]" in text


def test_a_log_has_a_histogram_a_slice(tmp_path: Path) -> None:
    seconds: list[Any] = [
        SimpleNamespace(
            start_ns=number * 10**9,
            length_ns=10**9,
            latency=latencies(range(1000 * number, 90_000)),
        )
        for number in range(1, 4)
    ]
    path = tmp_path / "trial.hlog"
    path.write_text(hlog.render(seconds, datetime(2026, 11, 25, 1, 2, 3, 500_000, UTC)))
    found = intervals(path)
    assert [one.get_total_count() for one in found] == [one.latency.count for one in seconds]
    start_ms = datetime(2026, 11, 25, 1, 2, 3, 500_000, UTC).timestamp() * 1000
    assert [one.get_start_time_stamp() - start_ms for one in found] == [1000, 2000, 3000]
    assert found[0].get_max_value() == pytest.approx(90_000, rel=1e-3)


def test_load_writes_both(load: Contend, serve: Serve, tmp_path: Path) -> None:
    files = tmp_path / "trial.hgrm", tmp_path / "trial.hlog"
    options = ("-d", "1200ms", "--rate", "500", "--hgrm", str(files[0]), "--hlog", str(files[1]))
    counted = load(serve(answering()).url, *options).document["latency"]["count"]
    assert rows(files[0].read_text())[-1][2] == counted == 600
    assert sum(one.get_total_count() for one in intervals(files[1])) == counted


def test_a_file_that_cannot_be_written_is_said_before_anything_is_sent(
    contend: Contend, serve: Serve, tmp_path: Path
) -> None:
    options = (
        "-c",
        "1",
        "-d",
        "100ms",
        "--warmup",
        "0s",
        "--hgrm",
        str(tmp_path / "no" / "folder"),
    )
    done = contend("load", serve(answering()).url, *options)
    assert done.code == 2
    assert "can't be written: No such file" in done.complaint
    assert done.out == ""
