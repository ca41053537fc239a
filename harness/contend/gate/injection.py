"""What the gate is tried on: two equal servers, and a candidate that is worse in a known way."""

from dataclasses import dataclass

from contend.gate.block import NOTHING

# About a third of a millisecond of Python.
_ROUNDS = 6_000
_SERVER = "{python} -m contend.gate.work_server --port {port} --rounds"

URL = "http://127.0.0.1:{port}/"
BASELINE_COMMAND = f"{_SERVER} {_ROUNDS}"
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


def _more_work(percent: float) -> Injection:
    rounds = round(_ROUNDS * (1 + percent / 100))
    return Injection(f"+{percent:g}% CPU", f"{_SERVER} {rounds}", share=0.13)


INJECTIONS = (
    Injection(NOTHING, BASELINE_COMMAND, share=0.35),
    _more_work(1),
    _more_work(3),
    _more_work(5),
    Injection("a delay of 2%", f"{BASELINE_COMMAND} --delayed 0.02 --delay-ms 1", share=0.13),
    Injection("a CPU hog beside", BASELINE_COMMAND, share=0.13, has_neighbour=True),
)
