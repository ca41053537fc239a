"""What a connection that rests costs its server: the slope of its memory over the numbers of its
connections, one slope for each repetition of the trials. Pure."""

import statistics

from contend.claims.asked import Asked, admitted, side
from contend.claims.ledger import Cell, Ledger, PairRule, Place
from contend.findings.across import LEAST_FACTOR, LEAST_SIZES
from contend.findings.archive import Archive, Missing, Stored
from contend.findings.observed import of_trial
from contend.findings.units import TrialUnit
from contend.stats.compare import Question, Sample


def ask_memory(ledger: Ledger, rule: Cell, pair: PairRule, archive: Archive) -> Asked | Missing:
    names = (pair.node, pair.python)
    found = archive.find(rule.workload, rule.load, names, ledger.least(rule.figure))
    if isinstance(found, Missing):
        return found
    samples, loaded = [], []
    for name in names:
        measured = side(found, rule, name)
        if isinstance(measured, str):
            return Missing(f"{name}: {measured}", found)
        slopes = slopes_of(found, rule, name)
        if not slopes:
            return Missing(f"{name}: too few numbers of connections tell its memory", found)
        samples.append(Sample(slopes))
        loaded.append([one for one in measured.units if isinstance(one, TrialUnit)])
    question = Question((samples[0],), (samples[1],), rule.better == "higher")
    return admitted(ledger, rule, question, found, loaded)


def slopes_of(stored: Stored, place: Place, backend: str) -> tuple[float, ...]:
    """Bytes a connection, one value a repetition; what it held when each trial ended, at the rate
    of the place and every number of connections."""
    held: dict[int, dict[int, float]] = {}
    for trial in stored.run.trials:
        cell = trial.planned.cell
        seen = of_trial(trial) if trial.is_valid else None
        asked = (cell.workload, cell.backend, cell.arrivals, cell.rate_per_s)
        if asked != (place.workload, backend, place.arrivals, place.rate) or seen is None:
            continue
        if seen.settled_rss_bytes is not None:
            by_size = held.setdefault(trial.planned.repetition, {})
            by_size[cell.connections] = seen.settled_rss_bytes
    found = []
    for _, by_size in sorted(held.items()):
        sizes = sorted(by_size)
        if len(sizes) >= LEAST_SIZES and sizes[-1] >= LEAST_FACTOR * sizes[0]:
            values = [by_size[one] for one in sizes]
            found.append(statistics.linear_regression(sizes, values).slope)
    return tuple(found)
