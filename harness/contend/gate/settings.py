"""What a gate is asked to do: immutable, read and checked by the command."""

from dataclasses import dataclass

from contend.gate.figures import FIGURES, GateFigure
from contend.suites.request_class import Match, RequestClass

PORT, PYTHON = "{port}", "{python}"  # a free one; the interpreter that contend runs on


@dataclass(frozen=True)
class GateSettings:
    baseline: str  # the commands, in which {port} stands for a free one
    candidate: str
    url: str  # of what is asked for, {port} in it too
    classes: tuple[RequestClass, ...]
    matches: tuple[Match, ...]  # of each class: when two bodies are the same
    figures: tuple[GateFigure, ...] = FIGURES
    rate_per_s: float | None = None  # of the open bursts; None: half of the baseline's capacity
    max_time_s: float = 600.0
    connections: int = 16
    open_rounds: int = 13  # of a block: most of them open, the others for goodput
    closed_rounds: int = 5
    ready_timeout_s: float = 10.0
    host: str | None = None  # in place of the URL's
    folder_baseline: str = "."  # where the commands are run
    folder_candidate: str = "."
    seed: int = 1
