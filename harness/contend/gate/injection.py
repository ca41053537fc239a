"""What the gate is tried on: two equal servers, and a candidate that is worse in a known way."""

from dataclasses import dataclass

from contend.gate.block import NOTHING

# About a third of a millisecond of Python.
_ROUNDS = 6_000
_SERVER = "{python} -m contend.gate.work_server --port {port} --rounds"

URL = "http://127.0.0.1:{port}/"
BASELINE_COMMAND = f"{_SERVER} {_ROUNDS}"
DELAYED = f"{BASELINE_COMMAND} --delayed 0.02 --delay-ms 1"
# A process that takes whatever it gets of the servers' core.
NEIGHBOUR = "{python} -c 'while True: pass'"


@dataclass(frozen=True)
class Injection:
    name: str
    candidate: str
    share: float  # of the time that the gate is tried for
    has_neighbour: bool = False

    @property
    def is_worse(self) -> bool:
        """Whether a gate should find it."""
        return self.candidate != BASELINE_COMMAND


def more_work(percent: float) -> str:
    """The command of a server that needs so much more CPU a request."""
    return f"{_SERVER} {round(_ROUNDS * (1 + percent / 100))}"


def _more_cpu(percent: float) -> Injection:
    return Injection(f"+{percent:g}% CPU", more_work(percent), share=0.13)


INJECTIONS = (
    Injection(NOTHING, BASELINE_COMMAND, share=0.35),
    _more_cpu(1),
    _more_cpu(3),
    _more_cpu(5),
    Injection("a delay of 2%", DELAYED, share=0.13),
    Injection("a CPU hog beside", BASELINE_COMMAND, share=0.13, has_neighbour=True),
)
