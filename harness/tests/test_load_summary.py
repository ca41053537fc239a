"""The summary of `contend load`, word for word."""

import dataclasses
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from contend.machine.read_environment import read_environment
from contend.reports.load_summary import summary
from contend.stats.sub_batches import SubBatches
from contend.suites.request_class import RequestClass
from contend.trials import results
from contend.trials import run as trial_run
from contend.trials.address import Endpoint
from contend.trials.spec import TrialSpec
from made_results import S_NS, Counts, histogram, one_class, result, usage
from made_series import MS_NS, series, steady
from msgspec.structs import replace
from rich.text import Text

CLOSED = TrialSpec(
    target="http://localhost:8080/",
    host_header="localhost:8080",
    address="127.0.0.1",
    port=8080,
    classes=(RequestClass("GET /"),),
)
OPEN = dataclasses.replace(CLOSED, arrivals="poisson", rate_per_s=100.0, connections=1, threads=2)
# 1 ms and up, evenly, so that each quantile is its own share of a second.
EVEN = {milliseconds * 1_000_000: 1 for milliseconds in range(1, 1001)}
HEADS = "                    mean     p50     p90     p95     p99   p99.9  p99.99     max"
HERE = Endpoint("127.0.0.1", ("127.0.0.1",), 8080)


def styled(
    spec: TrialSpec,
    given: Any,
    endpoint: Endpoint | None = HERE,
    lowest: Mapping[str, int] | None = None,
    stopped: bool = False,
) -> list[Text]:
    document = trial_run.run(spec, read_environment(), None, lambda *_: given)[1]
    return summary(document, endpoint, lowest, stopped)


def lines(
    spec: TrialSpec,
    given: Any,
    endpoint: Endpoint | None = HERE,
    lowest: Mapping[str, int] | None = None,
    stopped: bool = False,
) -> list[str]:
    return [line.plain.rstrip() for line in styled(spec, given, endpoint, lowest, stopped)]


def with_series(made: SubBatches, verbose: bool = False) -> list[str]:
    """Of the closed loop, with what is known of its latencies."""
    kept = SimpleNamespace(counts=made.counts, edges_ns=made.edges_ns, width_ns=made.width_ns)
    given = result(latency=histogram({MS_NS: 1000}), latency_series=kept)
    document = trial_run.run(CLOSED, read_environment(), None, lambda *_: given)[1]
    document = replace(document, within_trial=results.known_within(given, document))
    return [line.plain.rstrip() for line in summary(document, verbose=verbose)]


def starting(said: list[str], label: str) -> list[str]:
    return [line for line in said if line.startswith(label)]


def test_a_closed_loop() -> None:
    both = Endpoint("127.0.0.1", ("::1", "127.0.0.1"), 8080)
    assert lines(CLOSED, result(latency=histogram(EVEN)), both) == [
        "http://localhost:8080/  at 127.0.0.1, also ::1",
        "closed loop: each connection sends again after its response",
        "64 connections; 10.0 s measured after 1.00 s of warm-up",
        "",
        "goodput         100/s, 10.0 kB/s  (1,000 of 1,000 requests ok)",
        "",
        HEADS,
        "closed-loop, ms      501     500     900     950     990     999       -   1,000",
        "",
        "generator       10% of a core, 1.00 ms/request, 40 MiB",
        "validity        valid",
    ]


def test_an_open_loop_with_all_that_can_go_wrong() -> None:
    counts = Counts(ok=990, timeout=4, shed=3, unfinished=2, status=1, resent=5)
    given = result(
        requests=counts,
        latency=histogram(EVEN),
        receive_lag=histogram({30_000: 990}),
        own_lateness=histogram({5_000: 990}),
        latency_as_read=histogram([value + 30_000_000 for value in EVEN]),
        kernel_stamps=True,
        wrong_statuses={503: 1},
        unasked_responses=2,
        poll_window_ns=60_000,
        server=usage(9 * S_NS),
        stolen_share=0.03,
        warmup_ns=0,
    )
    assert lines(OPEN, given, lowest={"": 992_000_000}, stopped=True) == [
        "http://localhost:8080/  at 127.0.0.1",
        "open loop: 100 requests/s, poisson",
        "1 connection, 2 threads; 10.0 s measured without warm-up, interrupted",
        "",
        "goodput         99.0/s, 10.0 kB/s  (990 of 1,000 requests ok)",
        "errors          1%  (4 timeout, 3 shed, 2 unfinished, 1 status 503)",
        "resent          5 after an idle connection was closed",
        "unasked         2 responses that nobody asked for: each ended its connection",
        "",
        HEADS,
        "latency, ms         ≥501     500     900     950     990    ≥999       -  ≥1,000",
        "service, µs          900     900     900     900     900     900       -     900",
        "send lag, µs        20.0    20.0    20.0    20.0    20.0    20.0       -    20.0",
        "own late, µs        5.00    5.00    5.00    5.00    5.00       -       -    5.00",
        "receive lag, µs     30.0    30.0    30.0    30.0    30.0       -       -    30.0",
        "client's out, µs  30,000  29,884  29,884  30,409  29,884  29,884       -  29,884",
        "",
        "generator       10% of a core, 1.01 ms/request, 40 MiB",
        "pacing          auto: slept until 60.0 µs before each send, then polled",
        "server          90% of a core, 9.09 ms/request, 50 MiB, 1 thread",
        "validity        inconclusive: 3.0% of the machine's CPU time was stolen by its host, more "
        "than 1%",
    ]


def test_no_row_is_wider_than_a_terminal_but_for_names_and_reasons() -> None:
    counts = Counts(ok=60_000_000, timeout=100_000, shed=100_000)
    given = result(
        requests=counts,
        bytes_received=10**11,
        latency=histogram({97_000_000_000: 60_200_000}),
        service_time=histogram({99_999: 60_000_000}),
        send_lag=histogram({99_999_000: 60_200_000}),
        receive_lag=histogram({99_999_400: 60_000_000}),
        latency_as_read=histogram({97_099_000_000: 60_200_000}),
        kernel_stamps=True,
        poll_window_ns=60_000,
    )
    spec = dataclasses.replace(OPEN, connections=10_000, threads=1)
    said = lines(spec, given, lowest={"": 1})
    assert len(starting(said, "latency, ms")) == len(starting(said, "client's out, ")) == 1
    assert "≥97,006" in starting(said, "latency, ms")[0]
    assert max(len(line) for line in said if not line.startswith("validity")) == 80
    assert max(map(len, with_series(steady(100_000)))) == 80


def test_without_an_address_the_target_stands_alone() -> None:
    assert lines(CLOSED, result(), None)[0] == "http://localhost:8080/"


def test_a_connection_for_each_request_is_said() -> None:
    spec = dataclasses.replace(CLOSED, keep_alive=False)
    assert lines(spec, result())[2] == (
        "64 connections, one a request; 10.0 s measured after 1.00 s of warm-up"
    )


def test_wrong_statuses_are_counted_by_their_number() -> None:
    counts = Counts(ok=90, reset=3, status=7)
    said = lines(CLOSED, result(requests=counts, wrong_statuses={404: 5, 503: 2}))
    assert "errors          10%  (3 reset, 5 status 404, 2 status 503)" in said
    said = lines(CLOSED, result(requests=counts))
    assert "errors          10%  (3 reset, 7 status)" in said, "of a run stored before"


@pytest.mark.parametrize(
    ("received", "rate"),
    [
        (0, "0 B/s"),
        (9_990, "999 B/s"),
        (10_000, "1.00 kB/s"),
        (25_000_000, "2.50 MB/s"),
        (10**11, "10.0 GB/s"),
    ],
)
def test_bytes_a_second_are_in_the_unit_that_suits(received: int, rate: str) -> None:
    said = lines(CLOSED, result(bytes_received=received))
    assert f"goodput         100/s, {rate}  (1,000 of 1,000 requests ok)" in said


@pytest.mark.parametrize(
    ("window_ns", "pacing"),
    [
        (0, "slept until each send"),
        (60_000, "slept until 60.0 µs before each send, then polled"),
        (2**63 - 1, "polled always"),
    ],
)
def test_how_sends_were_paced_is_said_at_a_rate(window_ns: int, pacing: str) -> None:
    given = result(poll_window_ns=window_ns)
    assert f"pacing          auto: {pacing}" in lines(OPEN, given)
    assert not starting(lines(CLOSED, given), "pacing")


def test_an_overloaded_server_is_called_so() -> None:
    spec = dataclasses.replace(OPEN, rate_per_s=200.0)
    given = result(requests=Counts(ok=1000, unfinished=1000), sent=2000)
    assert "overloaded      goodput is 0.50 of the rate that was asked" in lines(spec, given)


def test_nothing_measured_is_dashes_and_no_division() -> None:
    given = result(
        requests=Counts(), duration_ns=0, generator_cpu_ns=0, latency=histogram(), slices=[]
    )
    said = lines(CLOSED, given)
    assert "goodput         -, -  (0 of 0 requests ok)" in said
    assert "closed-loop, µs " + "-".rjust(8) * 8 in said
    assert "generator       -, 40 MiB" in said


def test_a_quantile_is_shown_from_the_first_sample_beyond_it() -> None:
    for count, shown in ((9_999, "-"), (10_000, "1,000")):
        given = result(requests=Counts(ok=count), latency=histogram({1_000_000: count}))
        (row,) = starting(lines(CLOSED, given), "closed-loop, µs")
        assert row[64:72].strip() == shown


def test_what_late_sends_may_have_moved_is_a_dash_and_a_reason() -> None:
    given = result(
        latency=histogram({1_000_000: 950, 5_000_000: 50}),
        latency_low=histogram({1_000_000: 1000}),
        latency_high=histogram({1_000_000: 900, 9_000_000: 100}),
    )
    said = lines(OPEN, given)
    assert (
        "latency, µs            -   1,000   1,000       -       -       -       -   5,001" in said
    )
    assert said[-1] == (
        "validity        partly-valid: the generator sent late, which may have moved mean "
        "(1.00 ms to 1.80 ms), p95 (1.00 ms to 9.00 ms), p99 (1.00 ms to 9.00 ms)"
    )


def test_a_generator_that_moved_everything_is_told_to_be_pinned() -> None:
    given = result(
        latency_low=histogram({1_000_000: 1000}), latency_high=histogram({10_000_000: 1000})
    )
    said = lines(OPEN, given)
    assert (
        "latency, µs            -       -       -       -       -       -       -   1,000" in said
    )
    assert said[-2].startswith("validity        client-bound: the generator sent late, which may")
    assert said[-1] == "                try --pin with a core of its own, or a quieter machine"


def test_a_withheld_goodput_is_a_dash() -> None:
    said = lines(CLOSED, result(run_queue_share=0.1))
    assert "goodput         -, 10.0 kB/s  (1,000 of 1,000 requests ok)" in said
    moved = "; the generator lost time, which may have moved goodput, mean (900 µs to 1.00 ms)"
    assert said[-1].endswith(moved)


@pytest.mark.parametrize(
    ("given", "style"),
    [
        ({}, "green"),
        ({"run_queue_share": 0.1}, "yellow"),
        ({"stolen_share": 0.03}, "bold red"),
    ],
)
def test_a_verdict_has_its_colour(given: dict[str, float], style: str) -> None:
    row = styled(CLOSED, result(**given))[-1]
    assert [str(span.style) for span in row.spans] == ["dim", style]


def slow_and_quick() -> Any:
    def one(name: str, share: float, count: int, timeout: int = 0) -> Any:
        made = Counts(ok=count - timeout, timeout=timeout)
        return one_class(name, share, made, histogram({10_000_000: count}))

    return result(classes=[one("GET /quick", 0.9, 900), one("GET /a/slow/one", 0.1, 50, timeout=2)])


def test_a_class_shows_no_quantile_beyond_its_samples() -> None:
    said = lines(CLOSED, slow_and_quick(), lowest={"GET /a/slow/one": 10_000_000})
    assert said[9:12] == [
        "                      share        ok    errors       p50       p99",
        "GET /quick            90.0%       900         0   10.0 ms   10.0 ms",
        "GET /a/slow/one       10.0%        48         2  ≥10.0 ms         -",
    ]


def test_a_class_with_a_long_name_moves_the_columns_of_all() -> None:
    given = slow_and_quick()
    given.classes[1].name = "GET /a/much/slower/one"
    said = lines(CLOSED, given)
    assert said[9:12] == [
        "                             share        ok    errors       p50       p99",
        "GET /quick                   90.0%       900         0   10.0 ms   10.0 ms",
        "GET /a/much/slower/one       10.0%        48         2   10.0 ms         -",
    ]


# --- what is known within the trial -----------------------------------------------------------


def test_how_well_figures_are_known_is_said_two_in_a_row() -> None:
    said = with_series(steady(100_000))
    (first,) = starting(said, "95% interval")
    second = said[said.index(first) + 1]
    assert re.fullmatch(r"95% interval    mean 1\.00 ms ± [\d.]+%, p50 1\.00 ms ± [\d.]+%", first)
    assert re.fullmatch(r" {16}p90 1\.00 ms ± [\d.]+%, p99 1\.00 ms ± [\d.]+%", second)
    assert not starting(said, "no interval")


def test_why_a_figure_is_not_known_is_said_once_for_all_with_the_reason() -> None:
    said = with_series(steady(20_000, 39))
    assert not starting(said, "95% interval")
    (row,) = starting(said, "no interval     mean, p50")
    assert " measure for 4.40 s (its autocorrelation time is " in row


def test_a_steady_trial_is_called_so_for_those_who_ask() -> None:
    assert not starting(with_series(steady(100_000)), "stationary")
    (row,) = starting(with_series(steady(100_000), verbose=True), "stationary")
    assert re.fullmatch(r"stationary      yes \(Geweke z -?\d\.\d\)", row)
    short = with_series(steady(20_000, 39), verbose=True)
    assert "stationary      can't be told: measured for too short a time" in short
    assert not starting(with_series(steady(20_000, 39)), "stationary")


def test_a_trial_that_changed_is_called_so_to_all() -> None:
    latencies_ns = MS_NS * (0.01 + np.random.default_rng(3).exponential(size=20_000))
    latencies_ns *= np.linspace(1, 10, 20_000)  # without an end
    (row,) = starting(with_series(series(latencies_ns, 100)), "stationary")
    assert row == "stationary      no: latencies changed while they were measured"
    (row,) = starting(with_series(series(latencies_ns, 100), verbose=True), "stationary")
    assert re.fullmatch(r"stationary      no \(Geweke z -?\d+\.\d\): latencies changed .*", row)


@pytest.mark.parametrize(("p50_ms", "hints"), [(39, 0), (44, 1), (47, 0)])
def test_what_looks_like_a_delayed_acknowledgement_is_hinted_at(p50_ms: int, hints: int) -> None:
    times = histogram({p50_ms * MS_NS: 1000})
    said = lines(CLOSED, result(latency=times, service_time=times))
    assert len(starting(said, "hint")) == hints
