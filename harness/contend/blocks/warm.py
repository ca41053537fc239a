"""Warms a lane to its steady state: in the closed loop, until its rate no longer climbs."""

from collections.abc import Sequence

from contend.blocks.burst import Setup
from contend.blocks.record import LaneRecord, Window
from contend.blocks.shape import WarmUp
from contend.durations import S_NS
from contend.errors import TargetError
from contend.machine.interrupts import Interrupted
from contend.servers.target import Target
from contend.suites.load import Load
from contend.trials.run import execute
from contend.trials.spec import deck_size, spec_of


def warm(setup: Setup, name: str, target: Target) -> LaneRecord:
    """Raises TargetError when it gives no right response, or ends; Interrupted."""
    asked = setup.shape.warm_up
    deck = deck_size(target.asks.classes)
    windows: list[Window] = []
    while not is_steady(windows, asked) and len(windows) * asked.window_ns < asked.most_ns:
        # A mix scatters less by whole decks, once it is known how many come to a window.
        able = windows[-1].completed if windows else 0
        requests = setup.shape.decks(able, deck) if able else 0
        windows.append(_window(setup, target, asked, len(windows), requests))
        target.server.check_alive()
    last = windows[-asked.level :]
    completed = sum(one.completed for one in last)
    if not completed:
        raise TargetError(name, "no response was right under load", "its log")
    return LaneRecord(
        name=name,
        cold_start_ns=target.cold_start_ns,
        window_ns=asked.window_ns,
        windows=tuple(windows),
        is_steady=is_steady(windows, asked),
        cost_ns=sum(one.server_cpu_ns for one in last) / completed,
        body_bytes={name: len(body) for name, body in target.bodies.items()},
        log=target.log,
    )


def goodput_per_s(record: LaneRecord, asked: WarmUp) -> float:
    """Of its last windows."""
    last = record.windows[-asked.level :]
    return sum(one.completed for one in last) * S_NS / (len(last) * record.window_ns)


def is_steady(windows: Sequence[Window], asked: WarmUp) -> bool:
    """The last windows set no record."""
    best = 0.0
    records = since = 0  # windows since the last record
    for one in windows:
        since += 1
        if one.completed > best * (1 + asked.climb):
            best, since, records = one.completed, 0, records + 1
    return since >= (asked.steady if records > 1 else asked.level)


def _window(setup: Setup, target: Target, asked: WarmUp, number: int, requests: int) -> Window:
    """What it would be in its length, where it is of so many requests."""
    spec = spec_of(
        target.asks,
        Load(connections=asked.connections),
        setup.cores,
        seed=number + 1,
        warmup_ns=0,
        max_requests=requests,
        duration_ns=asked.window_ns,
        timeout_ns=setup.shape.timeout_ns,
    )
    result = execute(spec, setup.goes_on, setup.run_trial)
    if result.stopped:
        raise Interrupted
    share = asked.window_ns / result.duration_ns if result.duration_ns else 1.0
    return Window(
        completed=round(result.completed_ok * share),
        server_cpu_ns=round(result.server.cpu_ns * share) if result.server else 0,
        p99_ns=result.latency.value_at_quantile_ns(0.99) if result.latency.count else None,
    )
