"""What a run says across its tables: how many can chat, what a connection at rest costs, how long
a server takes to start. Pure.

The first two read trials at several numbers of connections, each of which has a table of its own.
"""

import statistics
from collections.abc import Sequence

from msgspec.structs import replace

from contend.blocks.record import LaneRecord
from contend.findings.observed import of_trial
from contend.findings.table import Across
from contend.runs.record import Run, TrialRecord
from contend.suites.cells import Cell
from contend.suites.load import CLOSED
from contend.trials.keeps_up import keeps_up, why_behind

# Between fewer and more connections than this factor apart, memory that is anything else's decides;
# at so many numbers of them it is told whether it grows in a line.
LEAST_FACTOR, LEAST_SIZES = 10, 3


def across_tables(run: Run) -> tuple[Across, ...]:
    """A line for each backend of which there is something to say, in the suite's order."""
    found = []
    for backend in run.header.suite.backends:
        trials = [one for one in run.trials if one.planned.cell.backend == backend and one.is_valid]
        asked = [one.planned.cell for one in run.trials if one.planned.cell.backend == backend]
        clients, broke = _most_clients(run, trials, asked)
        memory = _bytes_per_connection(trials)
        cold = _cold_starts(run, backend)
        if clients is not None or memory is not None or cold:
            cold_ns = statistics.median(cold) if cold else None
            across = Across(
                backend=backend,
                most_clients=clients,
                is_least=clients is not None and broke is None,
                broke_at=broke[0] if broke else None,
                why_broken=broke[1] if broke else "",
                bytes_per_connection=memory,
                cold_start_ns=cold_ns,
                cold_starts=len(cold),
            )
            found.append(_with_warm_up(across, _lanes(run, backend)))
    return tuple(found)


def _lanes(run: Run, backend: str) -> list[LaneRecord]:
    """On SQLite, as for cold starts."""
    return [
        lane
        for block in run.blocks
        if (lane := block.lane(backend)) and not run.header.workloads[block.workload].store
    ]


def _with_warm_up(across: Across, lanes: Sequence[LaneRecord]) -> Across:
    warmed = [one for one in lanes if one.windows and one.windows[-1].completed]
    if not warmed:
        return across
    p99_ns = [
        [window.p99_ns for one in warmed if (window := one.windows[at]).p99_ns is not None]
        for at in (0, -1)
    ]
    first = [one.windows[0].completed / one.windows[-1].completed for one in warmed]
    return replace(
        across,
        climbed_ns=statistics.median(_climbed(one) * one.window_ns for one in warmed),
        first_goodput=statistics.median(first),
        first_p99_ns=statistics.median(p99_ns[0]) if p99_ns[0] else None,
        last_p99_ns=statistics.median(p99_ns[1]) if p99_ns[1] else None,
        always_steady=all(one.is_steady for one in warmed),
    )


def _climbed(lane: LaneRecord) -> int:
    """Windows until its rate came to 95% of the last one's."""
    steady = 0.95 * lane.windows[-1].completed
    return next(n for n, one in enumerate(lane.windows) if one.completed >= steady)


def _cold_starts(run: Run, backend: str) -> list[int]:
    """Of servers, on SQLite: what the harness brings along starts as a part of it. How a trial went
    after its server's start is no matter."""
    note = run.header.backends.get(backend)
    if note is None or note.style in ("model", "baseline"):
        return []
    starts = [
        one.cold_start_ns
        for one in run.trials
        if one.planned.cell.backend == backend
        and not run.header.workloads[one.planned.cell.workload].store
    ]
    starts += [one.cold_start_ns or None for one in _lanes(run, backend)]
    return [one for one in starts if one is not None]


def _most_clients(
    run: Run, trials: Sequence[TrialRecord], asked: Sequence[Cell]
) -> tuple[int | None, tuple[int, str] | None]:
    """The most connections at which it and all fewer ones kept up; and the fewest at which it
    didn't, with the reason, where that was tried. None where no chat had a rate."""
    tried = sorted({cell.connections for cell in asked if _is_chat(run, cell)})
    most = 0
    for connections in tried:
        at = [
            one.document
            for one in trials
            if _is_chat(run, one.planned.cell)
            and one.planned.cell.connections == connections
            and one.document is not None
        ]
        told = [keeps_up(one) for one in at]
        behind = [
            why_behind(one) or "" for one, kept in zip(at, told, strict=True) if kept is False
        ]
        if behind:
            return most, (connections, behind[0])
        if True not in told:
            return most, (connections, "it could not be measured")
        most = connections
    return (most, None) if tried else (None, None)


def _is_chat(run: Run, cell: Cell) -> bool:
    return run.header.workloads[cell.workload].protocol == "chat" and cell.arrivals != CLOSED


def _bytes_per_connection(trials: Sequence[TrialRecord]) -> float | None:
    """How its memory grows with its connections, by least squares, at one workload and rate: what
    it held when each trial ended, and not a peak, in which openings and collections have a part."""
    held: dict[tuple[str, float], dict[int, list[float]]] = {}
    for trial in trials:
        cell = trial.planned.cell
        seen = of_trial(trial)
        if cell.rate_per_s is not None and seen and seen.settled_rss_bytes is not None:
            by_connections = held.setdefault((cell.workload, cell.rate_per_s), {})
            by_connections.setdefault(cell.connections, []).append(seen.settled_rss_bytes)
    for by_connections in held.values():
        sizes = sorted(by_connections)
        if len(sizes) >= LEAST_SIZES and sizes[-1] >= LEAST_FACTOR * sizes[0]:
            medians = [statistics.median(by_connections[one]) for one in sizes]
            return statistics.linear_regression(sizes, medians).slope
    return None
