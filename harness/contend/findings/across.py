"""What a run says across its tables: how many can chat, what a connection at rest costs, how long
a server takes to start. Pure.

The first two read trials at several numbers of connections, each of which has a table of its own.
"""

import statistics
from collections.abc import Sequence

from msgspec.structs import replace

from contend.blocks.record import LaneRecord
from contend.findings.figures import PEAK_RSS
from contend.findings.observed import of_trial
from contend.findings.table import Across
from contend.runs.record import Run, TrialRecord
from contend.suites.cells import Cell
from contend.suites.load import CLOSED

# A chat is one as long as nineteen in twenty messages reach the last of their room in this time.
MOST_P95_NS = 250_000_000
# Between fewer and more connections than this factor apart, memory that is anything else's decides.
LEAST_FACTOR = 10
_MIB = 1024 * 1024


def across_tables(run: Run) -> tuple[Across, ...]:
    """A line for each backend of which there is something to say, in the suite's order."""
    found = []
    for backend in run.header.suite.backends:
        trials = [one for one in run.trials if one.planned.cell.backend == backend and one.is_valid]
        asked = [one.planned.cell for one in run.trials if one.planned.cell.backend == backend]
        clients, is_least = _most_clients(run, trials, asked)
        memory = _bytes_per_connection(trials)
        cold = _cold_starts(run, backend)
        if clients is not None or memory is not None or cold:
            cold_ns = statistics.median(cold) if cold else None
            across = Across(backend, clients, is_least, memory, cold_ns, len(cold))
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
) -> tuple[int | None, bool]:
    """The most connections at which it and all fewer ones kept up, and whether more were not tried.
    None where no chat was measured in the open loop."""
    tried = sorted({cell.connections for cell in asked if _is_chat(run, cell)})
    most = 0
    for connections in tried:
        at = [
            one
            for one in trials
            if _is_chat(run, one.planned.cell)
            and one.planned.cell.connections == connections
            and not _is_withheld(one)
        ]
        if not at or not all(map(_keeps_up, at)):
            return most, False
        most = connections
    return (most, True) if tried else (None, False)


def _is_chat(run: Run, cell: Cell) -> bool:
    return run.header.workloads[cell.workload].protocol == "chat" and cell.arrivals != CLOSED


def _is_withheld(trial: TrialRecord) -> bool:
    """The generator may have moved what tells whether it keeps up."""
    return trial.validity is not None and "p95_ns" in trial.validity.withheld


def _keeps_up(trial: TrialRecord) -> bool:
    """Nothing was lost or doubled, and it was fast enough."""
    assert trial.document is not None
    requests, p95_ns = trial.document.requests, trial.document.latency.p95_ns
    return requests.ok == requests.scheduled and p95_ns is not None and p95_ns <= MOST_P95_NS


def _bytes_per_connection(trials: Sequence[TrialRecord]) -> float | None:
    """The slope of peak RSS from the fewest to the most connections at one workload and rate."""
    peaks: dict[tuple[str, float], dict[int, list[float]]] = {}
    for trial in trials:
        cell = trial.planned.cell
        seen = of_trial(trial)
        peak = PEAK_RSS.read(seen) if seen else None
        if cell.rate_per_s is not None and peak is not None:
            by_connections = peaks.setdefault((cell.workload, cell.rate_per_s), {})
            by_connections.setdefault(cell.connections, []).append(peak.value * _MIB)
    for by_connections in peaks.values():
        few, many = min(by_connections), max(by_connections)
        if many >= LEAST_FACTOR * few:
            grown = statistics.median(by_connections[many]) - statistics.median(by_connections[few])
            return grown / (many - few)
    return None
