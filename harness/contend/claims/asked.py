"""What the pairs of a cell are asked, from the newest run that has both. Pure.

A question is not asked where the rule wouldn't let its answer vote: too few blocks or trials, a
side that was not steady, a utilisation or a kind that isn't known. Then the reason stands for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contend.claims.ledger import Cell as CellRule
from contend.claims.ledger import Ledger, PairRule, Place
from contend.findings.archive import Archive, Missing, Stored
from contend.findings.cells import Measured
from contend.findings.figures import UTILISATION, Figure
from contend.findings.layout import figure_named
from contend.findings.questions import question_of
from contend.findings.table import BLOCKS, TRIALS
from contend.findings.units import LaneUnit, TrialUnit, Unit
from contend.stats.compare import Paired, Question
from contend.suites.cells import Cell, cell_at

Busy = tuple[float, float]  # Node's, Python's


@dataclass(frozen=True)
class Asked:
    """A question for the claim's family, and what it is asked of."""

    question: Question | Paired
    stored: Stored
    n: int
    unit: str
    busy: Busy | None


def ask(ledger: Ledger, rule: CellRule, pair: PairRule, archive: Archive) -> Asked | Missing:
    names = (pair.node, pair.python)
    found = archive.find(rule.workload, rule.load, names, ledger.least(rule.figure))
    if isinstance(found, Missing):
        return found
    sides = [side(found, rule, name) for name in names]
    for name, one in zip(names, sides, strict=True):
        if isinstance(one, str):
            return Missing(f"{name}: {one}", found)
    known = [one for one in sides if not isinstance(one, str)]
    if (why := _why_unlike(found, rule, names)) is not None:
        return Missing(why, found)
    figure = figure_of(found, rule, rule.figure, known)
    if figure is None:
        return Missing(f"it was measured without {rule.figure}", found)
    figure = directed(figure, rule)
    units = [steady(one) for one in known]
    question = question_of(figure, units[0], units[1], found.reference(rule.workload, rule.load))
    if question is None:
        return Missing(f"{rule.figure} was withheld or not measured", found)
    return admitted(ledger, rule, question, found, units)


def admitted(
    ledger: Ledger,
    rule: CellRule,
    question: Question | Paired,
    found: Stored,
    units: Sequence[Sequence[Unit]],
) -> Asked | Missing:
    """With the claim's margin, where there is enough of it."""
    n = count(question)
    unit = BLOCKS if isinstance(question, Paired) else TRIALS
    if n < (least := ledger.least(rule.figure)):
        return Missing(f"{n} of the {least} {unit} that a vote needs", found)
    cores = max(1, len(found.run.header.server_cores))
    busy = [busy_share(one, cores) for one in units]
    if rule.load.is_open and None in busy:
        return Missing("how busy the servers were isn't known", found)
    shares = (busy[0], busy[1]) if busy[0] is not None and busy[1] is not None else None
    question = replace(question, margin=ledger.margins[rule.margin])
    return Asked(question, found, n, unit, shares)


def side(stored: Stored, place: Place, backend: str) -> Measured | str:
    """What is stored of a backend in a cell, or why it must not stand for it."""
    measured = stored.cells[place.workload, place.load.word, backend]
    note = stored.run.header.backends.get(backend)
    if note is not None and note.style != "idiomatic":
        return f"it is {note.style}, which never votes"
    why = stored.why_void(cell_of(place, backend), measured)
    return measured if why is None else why


def cell_of(place: Place, backend: str) -> Cell:
    return cell_at(place.workload, backend, place.load)


def figure_of(
    stored: Stored, place: Place, name: str, measured: Sequence[Measured]
) -> Figure | None:
    return figure_named(stored.run.header, cell_of(place, ""), measured, name)


def directed(figure: Figure, rule: CellRule) -> Figure:
    """With the claim's own direction: its table may leave the figure without one."""
    return replace(figure, higher_is_faster=rule.better == "higher")


def steady(measured: Measured) -> tuple[Unit, ...]:
    """Those whose server's rate no longer climbed. Of a trial it isn't told: it is warmed for a
    time."""

    def is_steady(unit: Unit) -> bool:
        lane = unit.block.lane(unit.lane) if isinstance(unit, LaneUnit) else None
        return lane is None or lane.is_steady

    return tuple(unit for unit in measured.units if is_steady(unit))


def busy_share(units: Sequence[Unit], cores: int) -> float | None:
    """The mean share of the server's cores that it used, of those units that tell it."""
    shares = [share for one in units if (share := _share(one, cores)) is not None]
    return sum(shares) / len(shares) if shares else None


def _share(unit: Unit, cores: int) -> float | None:
    if isinstance(unit, TrialUnit):
        document = unit.trial.document
        if document is None or document.server is None or not document.duration_ns:
            return None
        return document.server.cpu_ns / (document.duration_ns * cores)
    reading = unit.read(UTILISATION)
    return None if reading is None else reading.value / 100


def count(question: Question | Paired) -> int:
    if isinstance(question, Paired):
        return len(question.logs)
    return min(len(one.values) for one in question.samples)


def _why_unlike(stored: Stored, rule: CellRule, names: Sequence[str]) -> str | None:
    """Where the workload, or the claim, compares those of a kind alone."""
    header = stored.run.header
    note = header.workloads.get(rule.workload)
    key = (note.kind_key if note is not None else "") or rule.alike
    if not key:
        return None
    kinds = [
        header.backends[one].kinds.get(key, "") if one in header.backends else "" for one in names
    ]
    for name, kind in zip(names, kinds, strict=True):
        if not kind:
            return f"which kind of {key} {name} had isn't stored"
    if kinds[0] != kinds[1]:
        return f"unlike kinds of {key}: {kinds[0]} and {kinds[1]}"
    return None
