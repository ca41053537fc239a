"""The stored runs that claims and advice are judged by: those of one machine, the newest first.
Pure.

Figures of differing machines are not compared, so one machine's runs are taken: that on which most
of what is asked was tried often enough to tell something, and of equals the one that ran last. What
came out plays no part.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from contend.findings.across import across_tables
from contend.findings.cells import Key, Measured, by_cell, is_asked
from contend.findings.layout import class_shares, why_void
from contend.findings.table import Across
from contend.findings.units import Unit
from contend.machine.environment import Machine
from contend.runs.record import Run
from contend.suites.cells import Cell
from contend.suites.load import Load

# Blocks or trials of a cell, from which on statistics say something of it.
LEAST_TRIES = 5


class LeftOut(msgspec.Struct, frozen=True):
    run: str
    why: str


@dataclass(frozen=True)
class Stored:
    """A run with what is stored of its cells."""

    run: Run

    @cached_property
    def cells(self) -> Mapping[Key, Measured]:
        return by_cell(self.run)

    @cached_property
    def across(self) -> Mapping[str, Across]:
        return {one.backend: one for one in across_tables(self.run)}

    def reference(self, workload: str, load: Load) -> Sequence[Unit]:
        """What is stored of the run's reference in a cell: servers that don't stand in one block
        are compared by it."""
        key = (workload, load.word, self.run.header.suite.reference or "")
        measured = self.cells.get(key)
        return measured.units if measured is not None else ()

    def why_void(self, cell: Cell, measured: Measured) -> str | None:
        """Why what was measured must not stand for the cell; None when it may."""
        if not measured.units:
            tried = f"none of {measured.tries} could be measured"
            return f"{tried}: {measured.notes[0]}" if measured.notes else tried
        return why_void(measured, class_shares(self.run.header, cell, [measured]))


@dataclass(frozen=True)
class Missing:
    """Why nothing is told, and by which run where there is one."""

    why: str
    stored: Stored | None = None


@dataclass(frozen=True)
class Archive:
    kept: tuple[Stored, ...]  # the newest first
    left_out: tuple[LeftOut, ...] = ()

    @property
    def machine(self) -> Machine | None:
        return self.kept[0].run.header.environment.machine if self.kept else None

    def find(
        self, workload: str, load: Load, backends: Sequence[str], least: int
    ) -> Stored | Missing:
        """The newest run in which all these backends were tried at least so often in the cell; else
        the newest in which something is stored of all. A run that repeats little may be newer than
        one that repeats enough, and what came out of either plays no part."""
        keys = [(workload, load.word, one) for one in backends]
        having = [stored for stored in self.kept if all(key in stored.cells for key in keys)]
        for stored in having:
            if all(stored.cells[key].tries >= least for key in keys):
                return stored
        if having:
            return having[0]
        for stored in self.kept:
            for backend in backends:
                if (why := stored.run.header.why_not_run(workload, backend)) is not None:
                    return Missing(f"{backend} was not run: {why}", stored)
        for stored in self.kept:
            asked = [is_asked(stored.run, (workload, load.word, one)) for one in backends]
            if all(asked) and not stored.run.complete:
                return Missing("not measured yet: the run is incomplete", stored)
        seen = {
            key[2] for one in self.kept for key in one.cells if key[:2] == (workload, load.word)
        }
        absent = [one for one in backends if one not in seen]
        if absent and seen:
            return Missing(f"no stored run of this cell has {' and '.join(absent)}")
        return Missing("no one run has both" if seen else "no stored run measures it")


def archive_of(
    runs: Sequence[Run], unread: Sequence[LeftOut] = (), asked: Collection[Key] = ()
) -> Archive:
    """`unread`: stored runs that could not be read; `asked`: the cells that matter, none: all."""
    newest = [Stored(run) for run in sorted(runs, key=lambda run: run.id, reverse=True)]
    told: dict[Machine, set[Key]] = {}
    for stored in newest:
        told.setdefault(_machine(stored.run), set()).update(
            key
            for key, one in stored.cells.items()
            if one.tries >= LEAST_TRIES and (not asked or key in asked)
        )
    # They stand in the order in which they came: the first of equals is the one that ran last.
    chosen = max(told, key=lambda one: len(told[one]), default=None)
    kept = tuple(one for one in newest if _machine(one.run) == chosen)
    others = tuple(
        LeftOut(one.run.id, f"another machine: {machine_words(_machine(one.run))}")
        for one in newest
        if _machine(one.run) != chosen
    )
    return Archive(kept, (*others, *unread))


def machine_words(machine: Machine) -> str:
    memory = "" if machine.memory_bytes is None else f", {machine.memory_bytes / 2**30:.0f} GiB"
    cpu = machine.cpu_model or "unknown processor"
    return f"{cpu}, {machine.cores} cores{memory}, kernel {machine.kernel}"


def _machine(run: Run) -> Machine:
    return run.header.environment.machine.compared
