"""Warms a lane to its steady state: in the closed loop, until its rate no longer climbs."""

from collections.abc import Sequence

from contend.blocks.burst import Setup
from contend.blocks.record import LaneRecord, Window
from contend.blocks.shape import WarmUp
from contend.errors import TargetError
from contend.machine.interrupts import Interrupted
from contend.servers.target import Target
from contend.suites.load import Load
from contend.trials.run import execute
from contend.trials.spec import spec_of


def warm(setup: Setup, name: str, target: Target) -> LaneRecord:
    """Raises TargetError when it gives no right response, or ends; Interrupted."""
    asked = setup.shape.warm_up
    windows: list[Window] = []
    while not is_steady(windows, asked) and len(windows) * asked.window_ns < asked.most_ns:
        windows.append(_window(setup, target, asked, len(windows)))
        target.server.check_alive()
    last = windows[-asked.steady :]
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


def is_steady(windows: Sequence[Window], asked: WarmUp) -> bool:
    """The last windows set no record."""
    best = 0.0
    since = 0  # windows since the last record
    for one in windows:
        since += 1
        if one.completed > best * (1 + asked.climb):
            best, since = one.completed, 0
    return since >= asked.steady


def _window(setup: Setup, target: Target, asked: WarmUp, number: int) -> Window:
    spec = spec_of(
        target.asks,
        Load(connections=asked.connections),
        setup.cores,
        seed=number + 1,
        warmup_ns=0,
        duration_ns=asked.window_ns,
        timeout_ns=setup.shape.timeout_ns,
    )
    result = execute(spec, setup.goes_on, setup.run_trial)
    if result.stopped:
        raise Interrupted
    return Window(
        completed=result.completed_ok,
        server_cpu_ns=result.server.cpu_ns if result.server else 0,
        p99_ns=result.latency.value_at_quantile_ns(0.99) if result.latency.count else None,
    )
