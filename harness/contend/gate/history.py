"""Stored gates over time: of each figure the candidate's ratio to a pinned baseline. Pure.

Both sides of a ratio were measured in turns, so that what the machine does drifts out of it; gates
belong to one series where both commands, the baseline's revision and the requests are the same.
"""

from collections.abc import Sequence

import msgspec

from contend.gate.block import GateHeader, GateRun
from contend.gate.certificate import key
from contend.gate.document import INVALID, GateDocument, Metric, Verdict
from contend.gate.run import replay

SCHEMA = "contend.history/1"


class Point(msgspec.Struct, frozen=True):
    """A gate of a series."""

    gate: str
    started: str  # UTC
    commit: str | None
    blocks: int
    verdict: Verdict
    metrics: tuple[Metric, ...]
    machine: str  # a name for it: absolute figures are compared within one only


class Mismatch(msgspec.Struct, frozen=True):
    """A gate whose blocks don't come to the verdict that was stored with them: its file is whole,
    but another contend judged it, by other rules."""

    gate: str
    stored: str
    computed: Verdict


class GateSeries(msgspec.Struct, frozen=True):
    baseline: str
    candidate: str
    revision: str | None
    url: str
    requests: tuple[str, ...]
    points: tuple[Point, ...]  # from the oldest


class ChangePoint(msgspec.Struct, frozen=True):
    """Where a figure's ratios before differ from those after, by Apache Otava."""

    figure: str
    gate: str  # the first after it
    commit: str | None
    before: float
    after: float


class History(msgspec.Struct, frozen=True):
    schema: str
    series: tuple[GateSeries, ...]
    # Of each series, where they were asked for.
    change_points: tuple[tuple[ChangePoint, ...], ...] | None = None
    mismatches: tuple[Mismatch, ...] = ()


def history(runs: Sequence[GateRun]) -> History:
    """Of the finished gates that tried a candidate, not the gate itself."""
    stored = {run.id: run.verdict for run in runs if run.verdict is not None}
    series: dict[tuple[object, ...], list[GateRun]] = {}
    for run in runs:
        if run.complete and not run.header.injected:
            series.setdefault(_identity(run.header), []).append(run)
    found = tuple(_series(of_it) for of_it in series.values())
    mismatches = [
        Mismatch(one.gate, stored[one.gate], one.verdict)
        for of_it in found
        for one in of_it.points
        if stored.get(one.gate, one.verdict) != one.verdict
    ]
    return History(SCHEMA, found, mismatches=tuple(mismatches))


def _identity(header: GateHeader) -> tuple[object, ...]:
    return (header.baseline, header.candidate, header.revision, header.url, header.requests)


def _series(runs: Sequence[GateRun]) -> GateSeries:
    header = runs[0].header
    points = tuple(_point(run, replay(run.header, run.blocks, run.complete)) for run in runs)
    return GateSeries(
        baseline=header.baseline,
        candidate=header.candidate,
        revision=header.revision,
        url=header.url,
        requests=header.requests,
        points=points,
    )


def valid(series: GateSeries) -> GateSeries:
    """Without the gates that could say nothing."""
    points = tuple(one for one in series.points if one.verdict != INVALID)
    return msgspec.structs.replace(series, points=points)


def _point(run: GateRun, found: GateDocument) -> Point:
    return Point(
        gate=run.id,
        started=run.header.started,
        commit=run.header.commit,
        blocks=found.blocks,
        verdict=found.verdict,
        metrics=found.metrics,
        machine=key(run.header.environment.machine),
    )
