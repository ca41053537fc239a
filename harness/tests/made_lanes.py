"""Programs and an engine made by hand: blocks that are measured without a server or a socket."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from contend import _engine
from contend.blocks.burst import Setup
from contend.blocks.lane import Lane
from contend.blocks.shape import Shape, WarmUp
from contend.errors import TargetError
from contend.machine.cores import Cores
from contend.servers.server import Server
from contend.servers.target import Pause, Target
from contend.suites.request_class import RequestClass
from contend.trials.run import Progress
from contend.trials.spec import Asked
from made_results import Counts, histogram, result, usage

MS_NS = 1_000_000
S_NS = 1_000_000_000
CORES = Cores((0,), (1,))
# Of a deck of 20.
MIX = (RequestClass("cheap", 95.0), RequestClass("dear", 5.0))
NO_PID = 2**22 + 1  # above the most that Linux gives a process

Respond = Callable[[_engine.TrialSpec], Any]


class MadeServer:
    """A server that is no process: alive until its turn to die."""

    def __init__(self, title: str, pid: int, lives: int | None) -> None:
        self.title, self.pid = title, pid
        self._lives = lives  # so often it is found alive

    def check_alive(self) -> None:
        if self._lives is not None:
            self._lives -= 1
            if self._lives < 0:
                raise TargetError(self.title, "exited with 3", "its log")


@dataclass
class MadeProgram:
    """Launches targets whose port tells the engine who is asked."""

    title: str
    port: int
    pid: int = NO_PID
    lives: int | None = None  # checks that its server survives; None: all
    fails: str | None = None  # why it does not start
    launched: int = 0
    live: int = 0  # servers of it that run now
    classes: tuple[RequestClass, ...] = (RequestClass("GET /"),)

    @contextmanager
    def launch(self, cores: Sequence[int], pause: Pause) -> Iterator[Target]:
        if self.fails is not None:
            raise TargetError(self.title, self.fails, "its log")
        self.launched += 1
        self.live += 1
        server = MadeServer(self.title, self.pid, self.lives)
        asks = Asked(
            target=f"http://127.0.0.1:{self.port}/",
            host_header="127.0.0.1",
            address="127.0.0.1",
            port=self.port,
            classes=self.classes,
            server_pid=self.pid,
        )
        try:
            yield Target(
                server=cast(Server, server),
                port=self.port,
                log=f"{self.title} is up",
                cold_start_ns=self.port * MS_NS,
                beside_pid=0,
                asks=asks,
                bodies={"GET /": b"Hello"},
            )
        finally:
            self.live -= 1


@dataclass
class MadeEngine:
    """Answers as `respond` says, and keeps what it was asked."""

    respond: Respond
    asked: list[_engine.TrialSpec] = field(default_factory=list)

    def __call__(self, spec: _engine.TrialSpec, progress: Progress | None) -> Any:
        self.asked.append(spec)
        return self.respond(spec)

    @property
    def windows(self) -> list[_engine.TrialSpec]:
        """Of warm-ups, which have no lead; of a mix no burst has one either."""
        return [one for one in self.asked if not one.warmup_ns]

    @property
    def bursts(self) -> list[_engine.TrialSpec]:
        return [one for one in self.asked if one.warmup_ns]


SHAPE = Shape(
    burst_ns=250 * MS_NS,
    lead_ns=20 * MS_NS,
    warm_up=WarmUp(window_ns=100 * MS_NS, most_ns=1000 * MS_NS),
)


def setup_of(respond: Respond, shape: Shape = SHAPE, cores: Cores = CORES) -> Setup:
    return Setup(cores, shape, time.sleep, run_trial=MadeEngine(respond))


def engine_of(setup: Setup) -> MadeEngine:
    assert isinstance(setup.run_trial, MadeEngine)
    return setup.run_trial


def answer(
    spec: _engine.TrialSpec, completed: int = 600, cpu_ns: int = 50_000, **given: Any
) -> Any:
    """So many right responses of 1 ms, the last 2% of 5 ms, each for so much CPU."""
    tail = completed // 50
    made: dict[str, Any] = {
        "duration_ns": spec.duration_ns,
        "warmup_ns": spec.warmup_ns,
        "requests": Counts(ok=completed),
        "sent": completed,
        "latency": histogram({MS_NS: completed - tail, 5 * MS_NS: tail} if tail else []),
        "service_time": histogram(),
        "slices": [],
        "server": usage(completed * cpu_ns),
        "beside": None,
    }
    return result(**made | given)


def lanes_of(**ports: int) -> list[Lane]:
    return [Lane(name, MadeProgram(name, port)) for name, port in ports.items()]


def program_of(lane: Lane) -> MadeProgram:
    assert isinstance(lane.program, MadeProgram)
    return lane.program
