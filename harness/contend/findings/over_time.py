"""What servers do in the course of time: window by window of their warm-ups in blocks, second by
second of their trials. Pure; medians over the blocks, or trials, that lasted so long."""

import statistics
from collections.abc import Iterator

import msgspec

from contend.durations import S_NS
from contend.findings.figures import NS_PER_MS
from contend.runs.record import Run, TrialRecord
from contend.suites.load import CLOSED

WARM_UP = "warm-up, closed loop"


class Moment(msgspec.Struct, frozen=True):
    backend: str
    language: str
    is_server: bool
    at_s: float  # since the load began, or the measuring
    p99_ms: float
    goodput_per_s: float
    of: int  # blocks, or trials


class OverTime(msgspec.Struct, frozen=True):
    workload: str
    title: str
    load: str  # its word, or WARM_UP
    moments: tuple[Moment, ...]


def over_time(run: Run) -> tuple[OverTime, ...]:
    found = []
    for workload, note in run.header.workloads.items():
        if moments := tuple(_warm_ups(run, workload)):
            found.append(OverTime(workload, note.title, WARM_UP, moments))
        for load in _loads(run, workload):
            if moments := tuple(_trials(run, workload, load)):
                found.append(OverTime(workload, note.title, load, moments))
    return tuple(found)


def _warm_ups(run: Run, workload: str) -> Iterator[Moment]:
    windows: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    blocks: dict[str, int] = {}
    for block in run.blocks:
        if block.workload != workload or block.dropped is not None:
            continue
        for lane in block.lanes:
            blocks[lane.name] = blocks.get(lane.name, 0) + 1
            for at, one in enumerate(lane.windows):
                if one.p99_ns is not None and lane.window_ns:
                    seconds = lane.window_ns / S_NS
                    known = (at + 1) * seconds, one.p99_ns / NS_PER_MS, one.completed / seconds
                    windows.setdefault((lane.name, at), []).append(known)
    yield from _medians(run, windows, blocks)


def _trials(run: Run, workload: str, load: str) -> Iterator[Moment]:
    seconds: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    counts: dict[str, int] = {}
    for trial in _of(run, workload, load):
        backend = trial.planned.cell.backend
        counts[backend] = counts.get(backend, 0) + 1
        for at, one in enumerate(trial.slices):
            if one.latency.p99_ns is not None and one.length_ns:
                known = (
                    (one.start_ns + one.length_ns) / S_NS,
                    one.latency.p99_ns / NS_PER_MS,
                    one.completed_ok * S_NS / one.length_ns,
                )
                seconds.setdefault((backend, at), []).append(known)
    yield from _medians(run, seconds, counts)


def _loads(run: Run, workload: str) -> list[str]:
    """Of its trials in the open loop: in the closed one times say nothing of latency."""
    cells = [one.planned.cell for one in run.trials if one.planned.cell.workload == workload]
    return list(dict.fromkeys(one.load.word for one in cells if one.arrivals != CLOSED))


def _of(run: Run, workload: str, load: str) -> Iterator[TrialRecord]:
    for trial in run.trials:
        cell = trial.planned.cell
        if trial.is_valid and (cell.workload, cell.load.word) == (workload, load):
            yield trial


def _medians(
    run: Run,
    known: dict[tuple[str, int], list[tuple[float, float, float]]],
    counts: dict[str, int],
) -> Iterator[Moment]:
    for (backend, _), of_it in sorted(known.items()):
        note = run.header.backends.get(backend)
        if 2 * len(of_it) < counts[backend]:  # most were over before
            continue
        at_s, p99_ms, goodput_per_s = map(statistics.median, zip(*of_it, strict=True))
        yield Moment(
            backend=backend,
            language=note.language if note else "",
            is_server=note is None or note.style not in ("model", "baseline"),
            at_s=at_s,
            p99_ms=p99_ms,
            goodput_per_s=goodput_per_s,
            of=len(of_it),
        )
