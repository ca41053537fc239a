"""An advice, before it has a format. Immutable values."""

import msgspec

from contend.advice.need import Need

SCHEMA = "contend.advice/1"


class Cited(msgspec.Struct, frozen=True):
    """The stored cell that a sentence rests on."""

    run: str
    workload: str
    load: str
    figure: str


class Answer(msgspec.Struct, frozen=True):
    """What a server says to one requirement of the need. None: it isn't known, and `measure` is
    the command that would tell."""

    asks: str
    is_met: bool | None
    says: str
    cited: Cited | None = None
    measure: str = ""


class Candidate(msgspec.Struct, frozen=True):
    backend: str
    language: str
    answers: tuple[Answer, ...]
    # Cores that the rate takes, so that each is no busier than `busy`: by the ends of the cost's
    # interval. None: not known.
    least_cores: int | None = None
    most_cores: int | None = None
    cost_us: float | None = None  # CPU a request, with the handler's own

    @property
    def misses(self) -> int:
        return sum(one.is_met is False for one in self.answers)

    @property
    def unknown(self) -> int:
        return sum(one.is_met is None for one in self.answers)


class Margin(msgspec.Struct, frozen=True):
    """How much less CPU a request costs the first than another: their ratio, by blocks."""

    other: str
    ratio: float
    low: float | None
    high: float | None
    verdict: str  # of the first: faster, slower, tie or unresolved
    cited: Cited


class Advice(msgspec.Struct, frozen=True):
    schema: str
    need: Need
    machine: str
    busy: float  # what a core is to be busy at most
    candidates: tuple[Candidate, ...]  # the best first
    margins: tuple[Margin, ...] = ()  # of the first over the others that meet as much
    unknown: tuple[str, ...] = ()  # what none of it tells, whatever is measured here
    measure: tuple[str, ...] = ()  # commands that would tell what is missing

    @property
    def tells(self) -> bool:
        """Whether a server is known to meet all that was asked."""
        return bool(self.candidates) and not (
            self.candidates[0].misses or self.candidates[0].unknown
        )
