"""The verdicts on all claims, before they have a format. Immutable values."""

import msgspec

from contend.findings.archive import LeftOut

SCHEMA = "contend.claims/1"

SUPPORTED, REFUTED, CONDITIONAL, TIED, UNTESTED = (
    *("supported", "refuted", "conditional", "tie", "untested"),
)
BETTER, WORSE, TIE, NONE = "better", "worse", "tie", "no vote"
SUITS, DOES_NOT_SUIT = "suits", "does not suit"
NEED = "need"  # the variable whose values are a claim's cells, by what they say
SOURCES = "sources"  # the unit of what was counted, and not measured


class Vote(msgspec.Struct, frozen=True):
    """What one pair says in one cell. Without a sign it is no vote, and says why."""

    who: str  # the pair, or the server
    workload: str
    load: str  # its word; of counts: ""
    figure: str
    sign: str = NONE
    why: str = ""
    is_able: bool = True  # both sides do the workload: else it is not one of those who are asked
    required: bool = True
    says: str = ""  # the cell, in words; of counts: ""
    ratio: float | None = None  # Node's figure ÷ Python's; of counts: what is compared
    low: float | None = None  # of its interval; None: not known to this side, or counted
    high: float | None = None
    margin: float | None = None
    is_higher_better: bool = False
    n: int = 0  # of what `unit` says
    unit: str = ""  # blocks, trials or sources
    run: str = ""
    is_complete: bool = True  # the run is
    busy: tuple[float, float] | None = None  # shares of the servers' cores: Node's, Python's
    where: dict[str, str] = {}  # values of variables
    said: str = ""  # of counts: in words
    beside: str = ""  # figures that are shown, and not judged

    @property
    def is_cast(self) -> bool:
        return self.sign != NONE


class Reached(msgspec.Struct, frozen=True):
    """A server at a threshold."""

    backend: str
    workload: str
    load: str
    figure: str
    wanted: str  # in words
    edge: float  # of what is wanted
    value: float | None = None
    low: float | None = None
    high: float | None = None
    is_met: bool | None = None  # None: it can't be told
    why: str = ""
    n: int = 0
    unit: str = ""
    run: str = ""
    is_complete: bool = True


class ClaimVerdict(msgspec.Struct, frozen=True):
    id: str
    says: str
    rule: str
    verdict: str
    why: str  # how the rule came to it
    condition: str = ""  # of a conditional one
    along: str = ""  # the variable of the condition
    # Of the votes that decided it, the one nearest to 1 and the one farthest; of those that split,
    # the ones that are the least and the most in the claim's favour.
    weakest: Vote | None = None
    strongest: Vote | None = None
    votes: tuple[Vote, ...] = ()
    suits: str | None = None  # None: the claim names no threshold
    suits_why: str = ""
    reached: tuple[Reached, ...] = ()
    changes: tuple[str, ...] = ()  # what would change it
    variables: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()  # other claims, with their verdicts
    notes: tuple[str, ...] = ()


class Verdicts(msgspec.Struct, frozen=True):
    schema: str
    machine: str  # that the runs are of, in words
    runs: tuple[str, ...]  # that were looked at, the newest first
    incomplete: tuple[str, ...]  # of those
    left_out: tuple[LeftOut, ...]
    claims: tuple[ClaimVerdict, ...]
