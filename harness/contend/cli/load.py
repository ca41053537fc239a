"""`contend load URL`: drives one target and prints a summary."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from contend.cli import load_options, load_run
from contend.cli.limits import limits_of
from contend.cli.load_run import Thresholds
from contend.cli.options import option, read, read_optional
from contend.durations import parse_duration_ns, some_time_ns
from contend.suites.request_class import ANY_2XX
from contend.trials.address import parse_url, reach
from contend.trials.spec import TrialSpec
from contend.trials.until_ci import check_until_ci, parse_half_width

WHEN, WHAT, LIMIT, CLIENT, RESULT = (
    "When requests are sent",
    "What is sent, and which response is right",
    "Limits",
    "The generator",
    "Result",
)


def load(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="http://HOST[:PORT]/PATH")],
    connections: Annotated[
        int, option("Connections.", "-c", "--connections", metavar="N", panel=WHEN, least=1)
    ] = 64,
    rate: Annotated[
        float | None, option("Open loop, R requests/s.", "-r", "--rate", metavar="R", panel=WHEN)
    ] = None,
    arrivals: Annotated[
        str | None,
        option(
            "closed | constant | poisson | bursts (closed when no --rate).",
            metavar="KIND",
            panel=WHEN,
        ),
    ] = None,
    duration: Annotated[
        str, option("us, ms, s, m or h, measured.", "-d", "--duration", metavar="T", panel=WHEN)
    ] = "10s",
    warmup: Annotated[
        str, option("Before it, excluded from every figure.", metavar="T", panel=WHEN)
    ] = "1s",
    requests: Annotated[
        int | None,
        option(
            "End after N requests instead of a duration.",
            *("-n", "--requests"),
            metavar="N",
            panel=WHEN,
            least=1,
            most=10**15,
        ),
    ] = None,
    until_ci: Annotated[
        str | None,
        option(
            "Measure for --duration, then go on until p50 and p99 are known within P% (95% "
            "intervals within this trial). Exit 3 when --max-duration ends it first.",
            metavar="P",
            panel=WHEN,
        ),
    ] = None,
    max_duration: Annotated[
        str | None,
        option(
            "With --until-ci: the longest it measures.",
            metavar="T",
            panel=WHEN,
            shown="10m",
        ),
    ] = None,
    think: Annotated[
        str | None,
        option(
            "Closed loop: pause between a response and the next request.", metavar="T", panel=WHEN
        ),
    ] = None,
    seed: Annotated[
        int, option("Of every draw.", metavar="N", panel=WHEN, least=0, most=2**64 - 1)
    ] = 1,
    method: Annotated[
        str | None,
        option("GET, or POST when there is a body.", "-X", "--method", metavar="M", panel=WHAT),
    ] = None,
    header: Annotated[
        list[str] | None, option("Repeatable.", "-H", "--header", metavar="'K: V'", panel=WHAT)
    ] = None,
    body: Annotated[
        str | None, option("Request body.", "-b", "--body", metavar="S|@FILE", panel=WHAT)
    ] = None,
    request: Annotated[
        list[str] | None,
        option(
            "Repeatable: request classes, in exact shares and a seeded order.",
            metavar="'W%:METHOD PATH'",
            panel=WHAT,
        ),
    ] = None,
    expect_status: Annotated[
        int | None,
        option("Default: any of 200 to 299.", metavar="N", panel=WHAT, least=100, most=599),
    ] = None,
    expect_body: Annotated[
        str | None, option("Any other body is a failure.", metavar="S|@FILE", panel=WHAT)
    ] = None,
    timeout: Annotated[
        str, option("Per request, from the actual send.", metavar="T", panel=LIMIT)
    ] = "5s",
    deadline: Annotated[
        str | None,
        option(
            "From the intended send; older requests are shed and counted.", metavar="T", panel=LIMIT
        ),
    ] = None,
    connect_timeout: Annotated[str, option("Per connection.", metavar="T", panel=LIMIT)] = "5s",
    max_queue: Annotated[
        int, option("Arrivals beyond it are shed.", metavar="N", panel=LIMIT, least=1, most=10**9)
    ] = 1_000_000,
    threads: Annotated[
        int,
        option("Load threads.", "-t", "--threads", metavar="N", panel=CLIENT, least=1, most=1024),
    ] = 1,
    pacing: Annotated[
        str,
        option(
            "sleep | spin | busy: spin polls for the last 60 µs before a send, busy always.",
            metavar="KIND",
            panel=CLIENT,
        ),
    ] = "sleep",
    pin: Annotated[
        str | None, option("Cores for the load threads: 0 or 0,2-3.", metavar="CPUS", panel=CLIENT)
    ] = None,
    pid: Annotated[
        int | None,
        option(
            "Sample that server's CPU, RSS and threads, its children's too.",
            metavar="PID",
            panel=CLIENT,
            least=1,
        ),
    ] = None,
    max_p99: Annotated[
        str | None, option("Exit 1 when p99 latency is above.", metavar="T", panel=RESULT)
    ] = None,
    max_error_rate: Annotated[
        float | None,
        option(
            "Exit 1 when more of the requests fail, 0 to 1.",
            metavar="F",
            panel=RESULT,
            least=0,
            most=1,
        ),
    ] = None,
    json: Annotated[
        Path | None,
        option("The result document; - for standard output.", metavar="FILE", panel=RESULT),
    ] = None,
    hgrm: Annotated[
        Path | None,
        option("Latencies as a percentile distribution.", metavar="FILE", panel=RESULT),
    ] = None,
    hlog: Annotated[
        Path | None,
        option("Latencies of each second as an interval log.", metavar="FILE", panel=RESULT),
    ] = None,
    allow_remote: Annotated[
        bool, option("Allow a target off the loopback interface.", "--allow-remote", panel=RESULT)
    ] = False,
) -> None:
    """Drive one target and print a summary."""
    parsed = parse_url(url)
    headers = [read("--header", load_options.parse_header, one) for one in header or []]
    connect_timeout_ns = read("--connect-timeout", some_time_ns, connect_timeout)
    thresholds = Thresholds(read_optional("--max-p99", some_time_ns, max_p99), max_error_rate)
    duration_ns = load_options.check_duration(read("--duration", some_time_ns, duration), threads)
    until = check_until_ci(
        read_optional("--until-ci", parse_half_width, until_ci),
        duration_ns,
        read_optional("--max-duration", some_time_ns, max_duration),
        requests is not None,
    )
    if until:
        load_options.check_duration(until.longest_ns, threads, "--max-duration")
    spec = TrialSpec(
        target=parsed.text,
        host_header=load_options.host_header(parsed, headers),
        address="",  # looked up once all options are known to be right
        port=parsed.port,
        classes=load_options.request_classes(
            parsed,
            [read("--request", load_options.parse_class, one) for one in request or []],
            read_optional("--method", load_options.parse_method, method),
            headers,
            read_optional("--body", load_options.read_body, body) or b"",
            expect_status or ANY_2XX,
            read_optional("--expect-body", load_options.read_body, expect_body),
        ),
        arrivals=load_options.arrivals(arrivals, rate, think is not None),
        rate_per_s=rate,
        think_ns=read_optional("--think", parse_duration_ns, think) or 0,
        seed=seed,
        connections=load_options.check_connections(connections, threads),
        threads=threads,
        cpus=read_optional("--pin", load_options.parse_cpus, pin) or (),
        pacing=load_options.check_pacing(pacing, rate is not None),
        warmup_ns=read("--warmup", parse_duration_ns, warmup),
        duration_ns=duration_ns,
        max_requests=requests or 0,
        timeout_ns=read("--timeout", some_time_ns, timeout),
        deadline_ns=read_optional("--deadline", some_time_ns, deadline) or 0,
        connect_timeout_ns=connect_timeout_ns,
        max_queue=max_queue,
        server_pid=load_options.check_pid(pid),
        server_cores=load_options.server_cores(pid or 0),
        shares_core=load_options.shares_core(pid or 0),
    )
    endpoint = reach(parsed, connect_timeout_ns, allow_remote)
    spec = replace(spec, address=endpoint.address)
    files = load_run.Files(json, hgrm, hlog)
    code = load_run.drive(spec, endpoint, thresholds, files, until, limits_of(context))
    raise typer.Exit(code)
