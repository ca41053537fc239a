"""The summary of `contend load`, word for word."""

import dataclasses
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from contend.machine.read_environment import read_environment
from contend.reports.load_summary import summary
from contend.suites.request_class import RequestClass
from contend.trials import run as trial_run
from contend.trials.spec import TrialSpec
from made_results import S_NS, Counts, histogram, result, usage

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


def lines(
    spec: TrialSpec,
    given: Any,
    addresses: tuple[str, ...] = ("127.0.0.1",),
    lowest: Mapping[str, int] | None = None,
    stopped: bool = False,
) -> list[str]:
    document = trial_run.run(spec, read_environment(), None, lambda *_: given)[1]
    return [line.plain.rstrip() for line in summary(document, addresses, lowest, stopped)]


def test_a_closed_loop() -> None:
    assert lines(CLOSED, result(latency=histogram(EVEN)), ("127.0.0.1", "::1")) == [
        "http://localhost:8080/  at 127.0.0.1, also ::1",
        "closed loop: each connection sends again after its response; 64 connections, 1 thread; "
        "10.0 s measured after 1.00 s of warm-up",
        "",
        "goodput       100/s  (1,000 of 1,000 requests ok)",
        "",
        "                    mean       p50       p90       p95       p99     p99.9    p99.99"
        "       max",
        "closed-loop       501 ms    500 ms    900 ms    950 ms    990 ms    999 ms         -"
        "    1.00 s",
        "",
        "generator     10% of a core, 1.00 ms/request, 40 MiB",
        "validity      valid",
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
        server=usage(9 * S_NS),
        stolen_share=0.03,
        warmup_ns=0,
    )
    assert lines(OPEN, given, lowest={"": 992_000_000}, stopped=True) == [
        "http://localhost:8080/  at 127.0.0.1",
        "open loop: 100 requests/s, poisson; 1 connection, 2 threads; 10.0 s measured without "
        "warm-up, interrupted",
        "",
        "goodput       99.0/s  (990 of 1,000 requests ok)",
        "errors        1%  (4 timeout, 3 shed, 2 unfinished, 1 status)",
        "resent        5 after an idle connection was closed",
        "",
        "                    mean       p50       p90       p95       p99     p99.9    p99.99"
        "       max",
        "latency          ≥501 ms    500 ms    900 ms    950 ms    990 ms   ≥999 ms         -"
        "   ≥1.00 s",
        "service time      900 µs    900 µs    900 µs    900 µs    900 µs    900 µs         -"
        "    900 µs",
        "send lag         20.0 µs   20.0 µs   20.0 µs   20.0 µs   20.0 µs   20.0 µs         -"
        "   20.0 µs",
        "own lateness     5.00 µs   5.00 µs   5.00 µs   5.00 µs   5.00 µs         -         -"
        "   5.00 µs",
        "receive lag      30.0 µs   30.0 µs   30.0 µs   30.0 µs   30.0 µs         -         -"
        "   30.0 µs",
        "client's, out    30.0 ms   29.9 ms   29.9 ms   30.4 ms   29.9 ms   29.9 ms         -"
        "   29.9 ms",
        "",
        "generator     10% of a core, 1.01 ms/request, 40 MiB",
        "server        90% of a core, 9.09 ms/request, 50 MiB, 1 thread",
        "validity      inconclusive: 3.0% of the machine's CPU time was stolen by its host, more "
        "than 1%",
    ]


def test_an_overloaded_server_is_called_so() -> None:
    spec = dataclasses.replace(OPEN, rate_per_s=200.0)
    given = result(requests=Counts(ok=1000, unfinished=1000), sent=2000)
    assert "overloaded    goodput is 0.50 of the rate that was asked" in lines(spec, given)


def test_nothing_measured_is_dashes_and_no_division() -> None:
    given = result(
        requests=Counts(), duration_ns=0, generator_cpu_ns=0, latency=histogram(), slices=[]
    )
    said = lines(CLOSED, given)
    assert "goodput       -  (0 of 0 requests ok)" in said
    assert "closed-loop   " + "-".rjust(10) * 8 in said
    assert "generator     -, 40 MiB" in said


def test_a_quantile_is_shown_from_the_first_sample_beyond_it() -> None:
    for count, shown in ((9_999, "-"), (10_000, "1.00 ms")):
        given = result(requests=Counts(ok=count), latency=histogram({1_000_000: count}))
        (row,) = (line for line in lines(CLOSED, given) if line.startswith("closed-loop"))
        assert row[74:84].strip() == shown


def test_a_class_shows_no_quantile_beyond_its_samples() -> None:
    def one(name: str, share: float, count: int, timeout: int = 0) -> Any:
        made = Counts(ok=count - timeout, timeout=timeout)
        times = histogram({10_000_000: count})
        return SimpleNamespace(
            name=name, share=share, requests=made, latency=times, service_time=times
        )

    given = result(
        classes=[one("GET /quick", 0.9, 900), one("GET /a/slow/one", 0.1, 50, timeout=2)]
    )
    said = lines(CLOSED, given, lowest={"GET /a/slow/one": 10_000_000})
    assert said[8:11] == [
        "                      share        ok    errors       p50       p99",
        "GET /quick            90.0%       900         0   10.0 ms   10.0 ms",
        "GET /a/slow/one       10.0%        48         2  ≥10.0 ms         -",
    ]
