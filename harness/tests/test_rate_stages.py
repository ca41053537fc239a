"""Rates that change: their stages, recorded times, and what a trial makes of them."""

import math
from pathlib import Path

import pytest
from conftest import Contend, Serve
from contend._engine import Histogram
from contend.errors import UsageError
from contend.trials.rate_stages import RateStage, due_by, parse_stages
from contend.trials.recording import read_recording
from fault_server import answering

S, MS = 10**9, 10**6


def test_stages_are_lengths_and_rates() -> None:
    assert parse_stages("30s:10000, 1m:500/s,0s:5,2:5") == (
        RateStage(30 * S, 10_000.0),
        RateStage(60 * S, 500.0),
        RateStage(0, 5.0),
        RateStage(2 * S, 5.0),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "'' is no stage"),
        ("10s", "'10s' is no stage: LENGTH:RATE, such as"),
        ("10s:", "is no stage"),
        (":100", "is no stage"),
        ("10s:fast", "'10s:fast' has no rate"),
        ("10s:100,,5s:1", "'' is no stage"),
        ("10s:0", "'10s:0' goes to a rate of 0, which no request would end"),
        ("10s:-5", "has no rate from"),
        ("10s:nan", "has no rate from"),
        ("10s:1e12", "has no rate from"),
        ("-10s:5", "'-10s' is no duration"),
        ("10s:5,0s:100", "the last stage of '10s:5,0s:100' has no length"),
    ],
)
def test_what_is_no_stage_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_stages(text)
    assert why in str(raised.value)


def test_what_is_due_is_the_integral() -> None:
    ramp = parse_stages("30s:10000")
    assert due_by(100, ramp, 30 * S) == 151_500
    assert due_by(100, ramp, 0) == 0
    assert due_by(100, ramp, 15 * S) == pytest.approx((100 + 5050) / 2 * 15)
    assert due_by(100, ramp, 31 * S) == 161_500
    assert due_by(10, parse_stages("1s:10,0s:100,1s:100"), 2 * S) == 110
    assert due_by(50, (), 3 * S) == 150


def test_a_trial_has_figures_by_stage(serve: Serve, load: Contend) -> None:
    server = serve(answering())
    said = load(server.url, "-r", "50", "--stages", "300ms:150,0s:100,200ms:100", "--warmup", "0")
    assert said.code == 0
    document = said.document
    assert document["duration_ns"] == 500 * MS
    assert document["requests"]["scheduled"] == document["requests"]["ok"] == 50
    assert document["arrivals"]["rate_per_s"] == 50
    assert [one["rate_per_s"] for one in document["arrivals"]["stages"]] == [150, 100, 100]
    first, second = document["stages"]
    assert (first["length_ns"], second["length_ns"]) == (300 * MS, 200 * MS)
    assert (first["from_rate_per_s"], first["to_rate_per_s"]) == (50, 150)
    assert (second["from_rate_per_s"], second["to_rate_per_s"]) == (100, 100)
    assert first["requests"]["ok"] == 30
    assert second["requests"]["ok"] == 20
    assert first["latency"]["count"] + second["latency"]["count"] == 50
    assert "within_trial" not in document
    assert "open loop: 50.0 requests/s, constant, then 3 stages" in said.out
    assert (
        "by stage            within        ok    errors   goodput       p50       p99" in said.out
    )
    assert "50.0-150/s          300 ms        30         0" in said.out


def test_poisson_arrivals_have_stages_too(serve: Serve, load: Contend) -> None:
    said = load(
        serve(answering()).url,
        *("-r", "200", "--arrivals", "poisson", "--stages", "400ms:600", "--warmup", "0"),
    )
    due = due_by(200, (RateStage(400 * MS, 600.0),), 400 * MS)
    assert abs(said.document["requests"]["scheduled"] - due) < 5 * math.sqrt(due)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--stages", "1s:10"), "--stages: they need the rate that they start from"),
        (("-r", "5", "--stages", "1s:10", "-d", "1s"), "--stages: they say themselves how long"),
        (("-r", "5", "--stages", "1s:10", "-n", "9"), "--stages: the times say themselves when"),
        (("-r", "5", "--stages", "1s:10", "--until-ci", "5%"), "--stages: the times say"),
        (("-r", "5", "--stages", "1s:10", "--arrivals", "bursts"), "--stages: bursts arrivals"),
        (("-r", "5", "--stages", "x"), "--stages: 'x' is no stage"),
        (("--speed", "2"), "--speed: there is nothing that is replayed"),
        (("--arrivals", "replay"), "--arrivals: replay arrivals need a file"),
        (("--replay", "/nowhere"), "--replay: /nowhere: No such file"),
    ],
)
def test_options_that_make_no_sense_together(
    contend: Contend, options: tuple[str, ...], complaint: str
) -> None:
    said = contend("load", "http://127.0.0.1:1/", *options)
    assert said.code == 2
    assert said.err.startswith(f"contend: {complaint}")


# --- recorded times -------------------------------------------------------------------------


def written(folder: Path, text: str) -> Path:
    file = folder / "recorded"
    file.write_text(text)
    return file


def test_a_csv_has_its_times_in_the_first_column(tmp_path: Path) -> None:
    file = written(tmp_path, "time,path\n100.5,/a\n100.75,/b\n\n101.5,/c\n")
    assert read_recording(file) == (0, 250 * MS, S)
    assert read_recording(file, speed=2) == (0, 125 * MS, 500 * MS)


def test_seconds_of_an_access_log_are_spread(tmp_path: Path) -> None:
    line = '127.0.0.1 - - [{}] "GET / HTTP/1.1" 200 5 "-" "x [y]"\n'
    times = ["10/Oct/2026:13:55:36 +0200"] * 2 + ["10/Oct/2026:11:55:37 +0000"]
    file = written(tmp_path, "".join(line.format(one) for one in times))
    assert read_recording(file) == (0, 500 * MS, 1250 * MS)


def test_a_leap_second_is_a_second(tmp_path: Path) -> None:
    file = written(tmp_path, "a [30/Jun/2015:23:59:60 +0000] b\na [01/Jul/2015:00:00:00 +0000] b\n")
    assert len(read_recording(file)) == 2


def test_intervals_of_several_tags_overlap(tmp_path: Path) -> None:
    histogram = Histogram()
    histogram.record(5000, 2)
    rows = [f"Tag={tag},0.0,1.0,0.005,{histogram.encode()}\n" for tag in ("a", "b")]
    times = read_recording(written(tmp_path, "#[Histogram log format]\n" + "".join(rows)))
    assert times == (0, 0, 500 * MS, 500 * MS)


def test_counts_of_an_interval_log_are_spread(tmp_path: Path) -> None:
    histogram = Histogram()
    histogram.record(5000, 4)
    rows = [f"{start}.0,1.0,0.005,{histogram.encode()}\n" for start in (0, 1)]
    heads = '#[Histogram log format version 1.3]\n"StartTimestamp","Interval_Length"\n'
    times = read_recording(written(tmp_path, heads + "".join(rows)))
    assert len(times) == 8
    assert times == tuple(250 * MS * at for at in range(8))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has fewer than two requests"),
        ("1\n", "has fewer than two requests"),
        ("1\n3\n2\n", "line 3: its time is before that of the line above"),
        ("1\n2\nthree\n", "line 3: no number of seconds in the first column"),
        ("a [10/Oct/2026:13:55:36 +0200] b\nnothing\n", "line 2: no time in brackets"),
        ("#[Histogram log]\n1.0,1.0\n", "line 2: no interval of a histogram log"),
        (
            "#[Histogram log]\nnan,1.0,1,HISTFAAAACB4nJNpmSzMwMDAxMDAwAzEDAxMDAwMALQOAec=\n",
            "line 2: no",
        ),
        (
            "x [31/Feb/2026:13:55:36 +0200] y\n" * 2,
            "line 1: '31/Feb/2026:13:55:36 +0200' is no time",
        ),
        ("9" * 400 + "\n1\n", "line 1: no number of seconds"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_recording(written(tmp_path, text))
    assert why in str(raised.value)


def test_a_recording_is_replayed(serve: Serve, load: Contend, tmp_path: Path) -> None:
    file = written(tmp_path, "".join(f"{at / 100}\n" for at in range(61)))
    server = serve(answering())
    said = load(server.url, "--replay", str(file), "--speed", "2", "--warmup", "0")
    assert said.code == 0
    assert said.document["requests"]["ok"] == 61
    assert said.document["duration_ns"] == 300 * MS + 1
    assert said.document["arrivals"]["kind"] == "replay"
    assert said.document["arrivals"]["recording"] == str(file)
    assert "open loop: at the times of " in said.out
    some = load(server.url, "--replay", str(file), "--speed", "2", "-d", "100ms", "--warmup", "0")
    assert some.document["requests"]["ok"] == 20
