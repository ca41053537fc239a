"""`contend load URL`: drives one target and prints a summary."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from contend.cli import load_options, load_run
from contend.cli.limits import limits_of
from contend.cli.options import option, read, read_optional
from contend.durations import some_time_ns
from contend.suites.request_class import ANY_2XX
from contend.trials.address import parse_url, reach
from contend.trials.rate_stages import parse_stages
from contend.trials.recording import read_recording
from contend.trials.spec import TrialSpec
from contend.trials.thresholds import Threshold, parse_threshold
from contend.trials.tls import check_server
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
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="http(s)://HOST[:PORT]/PATH, or unix:/SOCKET[:/PATH]"),
    ],
    connections: Annotated[
        int, option("Connections.", "-c", "--connections", metavar="N", panel=WHEN, least=1)
    ] = 64,
    rate: Annotated[
        str | None, option("Open loop, R requests/s.", "-r", "--rate", metavar="R", panel=WHEN)
    ] = None,
    arrivals: Annotated[
        str | None,
        option(
            "closed | constant | poisson | bursts (closed when no --rate).",
            metavar="KIND",
            panel=WHEN,
        ),
    ] = None,
    stages: Annotated[
        str | None,
        option(
            "Behind --rate: the rate goes straight to R within T, and on; figures by stage too.",
            metavar="'T:R,T:R'",
            panel=WHEN,
        ),
    ] = None,
    replay: Annotated[
        Path | None,
        option(
            "Open loop at recorded times: of an access log, an .hlog, or a CSV of seconds.",
            metavar="FILE",
            panel=WHEN,
        ),
    ] = None,
    speed: Annotated[
        float | None,
        option("With --replay: so many times as fast.", metavar="X", panel=WHEN, shown="1"),
    ] = None,
    no_keep_alive: Annotated[
        bool, option("A connection for each request.", "--no-keep-alive", panel=WHEN)
    ] = False,
    duration: Annotated[
        str | None,
        option(
            "us, ms, s, m or h, measured.",
            *("-d", "--duration"),
            metavar="T",
            panel=WHEN,
            shown="10s",
        ),
    ] = None,
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
        list[str] | None,
        option(
            "Repeatable; of one class: 'POST /x=K: V'.",
            "-H",
            "--header",
            metavar="'K: V'",
            panel=WHAT,
        ),
    ] = None,
    body: Annotated[
        list[str] | None,
        option(
            "Request body; of one class, repeatable: 'POST /x=S|@FILE'.",
            "-b",
            "--body",
            metavar="S|@FILE",
            panel=WHAT,
        ),
    ] = None,
    request: Annotated[
        list[str] | None,
        option(
            "Repeatable: request classes, in exact shares and a seeded order; without weights in "
            "equal ones.",
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
    ca: Annotated[
        Path | None,
        option(
            "What vouches for an https:// server (PEM), instead of what the system trusts.",
            metavar="FILE",
            panel=WHAT,
        ),
    ] = None,
    insecure: Annotated[
        bool, option("Take an https:// server's certificate as it is.", "--insecure", panel=WHAT)
    ] = False,
    resume_tls: Annotated[
        bool,
        option("Connections after the first resume its session.", "--resume-tls", panel=WHAT),
    ] = False,
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
            "auto | sleep | spin | busy: auto polls before a send for as long as this machine's "
            "wake-ups are late, spin for 60 µs, busy always.",
            metavar="KIND",
            panel=CLIENT,
        ),
    ] = "auto",
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
    fail_if: Annotated[
        list[str] | None,
        option(
            "Repeatable: exit 1 when it is so. Any quantile, mean, max, errors, goodput, also of "
            "a class: 'json.p99>20ms', 'errors>0.1%', 'goodput<900/s'.",
            metavar="'p95>50ms'",
            panel=RESULT,
        ),
    ] = None,
    max_p99: Annotated[
        str | None, option("Short for --fail-if 'p99>T'.", metavar="T", panel=RESULT)
    ] = None,
    max_error_rate: Annotated[
        float | None,
        option(
            "Short for --fail-if 'errors>F', 0 to 1.",
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
    verbose: Annotated[
        bool, option("The statistics of tests too.", "-v", "--verbose", panel=RESULT)
    ] = False,
    allow_remote: Annotated[
        bool, option("Allow a target off the loopback interface.", "--allow-remote", panel=RESULT)
    ] = False,
) -> None:
    """Drive one target and print a summary."""
    parsed = parse_url(url)
    classes = [read("--request", load_options.parse_class, one) for one in request or []]
    headers = load_options.read_headers(header or [], classes)
    bodies = load_options.read_bodies(body or [], classes)
    rate_per_s = read_optional("--rate", load_options.parse_rate, rate)
    connect_timeout_ns = read("--connect-timeout", load_options.parse_some_time_ns, connect_timeout)
    thresholds = [read("--fail-if", parse_threshold, one) for one in fail_if or []]
    if max_p99 is not None:
        limit_ns = read("--max-p99", some_time_ns, max_p99)
        thresholds.append(Threshold(f"p99>{max_p99}", "", "p99", True, limit_ns))
    if max_error_rate is not None:
        text = f"errors>{max_error_rate:g}"
        thresholds.append(Threshold(text, "", "errors", True, max_error_rate))
    timed = load_options.timing(
        arrivals,
        rate_per_s,
        think is not None,
        read_optional("--stages", parse_stages, stages) or (),
        read_recording(replay, load_options.check_speed(speed)) if replay else (),
        read_optional("--duration", load_options.parse_some_time_ns, duration),
    )
    load_options.check_alone(timed, speed, requests, until_ci)
    duration_ns = load_options.check_duration(timed.duration_ns, threads)
    until = check_until_ci(
        read_optional("--until-ci", parse_half_width, until_ci),
        duration_ns,
        read_optional("--max-duration", load_options.parse_some_time_ns, max_duration),
        requests is not None,
    )
    if until:
        load_options.check_duration(until.longest_ns, threads, "--max-duration")
    cpus = read_optional("--pin", load_options.parse_cpus, pin) or ()
    spec = TrialSpec(
        target=parsed.text,
        host_header=load_options.host_header(parsed, headers),
        address="",  # looked up once all options are known to be right
        port=parsed.port,
        classes=load_options.request_classes(
            parsed,
            classes,
            read_optional("--method", load_options.parse_method, method),
            headers,
            bodies,
            expect_status or ANY_2XX,
            read_optional("--expect-body", load_options.read_body, expect_body),
        ),
        unix_path=parsed.unix_path,
        tls=load_options.tls(parsed, ca, insecure, resume_tls),
        arrivals=timed.arrivals,
        rate_per_s=timed.rate_per_s,
        stages=timed.stages,
        recorded_ns=timed.recorded_ns,
        recording=str(replay or ""),
        think_ns=read_optional("--think", load_options.parse_time_ns, think) or 0,
        seed=seed,
        connections=load_options.check_connections(connections, threads),
        keep_alive=not no_keep_alive,
        threads=threads,
        cpus=cpus,
        pacing=load_options.check_pacing(pacing, timed.rate_per_s is not None),
        warmup_ns=read("--warmup", load_options.parse_time_ns, warmup),
        duration_ns=duration_ns,
        max_requests=requests or 0,
        timeout_ns=read("--timeout", load_options.parse_some_time_ns, timeout),
        deadline_ns=read_optional("--deadline", load_options.parse_some_time_ns, deadline) or 0,
        connect_timeout_ns=connect_timeout_ns,
        max_queue=max_queue,
        server_pid=load_options.check_pid(pid),
        server_cores=load_options.server_cores(pid or 0),
        shares_core=load_options.shares_core(pid or 0, cpus),
    )
    load_options.check_thresholds(thresholds, spec.classes)
    endpoint = reach(parsed, connect_timeout_ns, allow_remote)
    if spec.tls:
        check_server(spec.target, endpoint.address, spec.port, spec.tls, connect_timeout_ns)
    spec = replace(spec, address=endpoint.address)
    files = load_run.Files(json, hgrm, hlog)
    code = load_run.drive(spec, endpoint, thresholds, files, until, limits_of(context), verbose)
    raise typer.Exit(code)
