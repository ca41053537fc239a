"""Whether Node's servers suit by absolute thresholds, whatever Python's do; both are shown.
Pure."""

import math
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from contend.claims.asked import cell_of, figure_of, side, steady
from contend.claims.document import DOES_NOT_SUIT, SUITS, UNTESTED, Reached
from contend.claims.ledger import MOST_CLIENTS, Claim, Ledger, Threshold
from contend.claims.most_clients import clients_of, search_trials
from contend.durations import some_time_ns
from contend.findings.archive import Archive, Missing, Stored
from contend.findings.cells import Measured
from contend.findings.table import BLOCKS, TRIALS
from contend.findings.units import LaneUnit, sample
from contend.stats.estimate import Estimate, estimate
from contend.suites.backend import Backend


def reached_of(
    ledger: Ledger, claim: Claim, archive: Archive, backends: Mapping[str, Backend]
) -> tuple[Reached, ...]:
    """Of every server of the pairs that does the workload, Node's first."""
    names = [*(one.node for one in ledger.pair), *(one.python for one in ledger.pair)]
    return tuple(
        _reached(ledger, threshold, name, archive)
        for threshold in claim.threshold
        for name in names
        if name not in backends or backends[name].unsupported(threshold.workload) is None
    )


def suits(ledger: Ledger, reached: Sequence[Reached]) -> tuple[str | None, str]:
    """By two thirds of Node's servers at every threshold; and how it came to it."""
    if not reached:
        return None, ""
    node = {one.node for one in ledger.pair}
    places: dict[tuple[str, str, str], list[Reached]] = {}
    for one in reached:
        if one.backend in node:
            places.setdefault((one.workload, one.load, one.figure), []).append(one)
    told = sum(one.is_met is not None for of_it in places.values() for one in of_it)
    asked = sum(map(len, places.values()))
    counted = f"{told} of {asked} of Node's servers' thresholds could be told"
    if not asked or 2 * told < asked:
        return UNTESTED, f"{counted}, fewer than half"
    for answer, word in ((True, SUITS), (False, DOES_NOT_SUIT)):
        shares = [
            3 * sum(one.is_met is answer for one in of_it) >= 2 * len(of_it)
            for of_it in places.values()
        ]
        # One threshold that most miss is enough not to suit.
        if all(shares) if answer else any(shares):
            return word, counted
    return UNTESTED, f"{counted}, and they don't agree"


def _reached(ledger: Ledger, rule: Threshold, backend: str, archive: Archive) -> Reached:
    wanted = _wanted(rule)
    edge = rule.at_most if rule.at_most is not None else rule.at_least or 0.0
    blank = Reached(backend, rule.workload, rule.load.word, rule.figure, wanted, edge)
    least = 1 if rule.figure == MOST_CLIENTS else ledger.least(rule.figure)
    found = archive.find(rule.workload, rule.load, [backend], least)
    if isinstance(found, Missing):
        return replace(blank, why=found.why)
    run = found.run
    blank = replace(blank, run=run.id, is_complete=run.complete)
    measured = side(found, rule, backend)
    if isinstance(measured, str):
        return replace(blank, why=measured)
    if rule.figure == MOST_CLIENTS:
        return _by_clients(found, rule, blank, ledger.least_units)
    units = steady(measured)
    unit = BLOCKS if any(isinstance(one, LaneUnit) for one in units) else TRIALS
    value = _estimate(found, rule, backend, measured)
    n = 0 if value is None else value.n
    blank = replace(blank, n=n, unit=unit)
    if value is None:
        return replace(blank, why=f"{rule.figure} was withheld or not measured")
    blank = replace(blank, value=value.value, low=value.low, high=value.high)
    if n < (least := ledger.least(rule.figure)):
        return replace(blank, why=f"{n} of the {least} {unit} that are needed")
    if rule.none_lost and (lost := sum(measured.errors.values())):
        return replace(blank, is_met=False, why=f"{lost:,} of {measured.scheduled:,} were lost")
    is_met = _is_met(rule, value)
    why = "" if is_met is not None else "its interval has the threshold in it"
    return replace(blank, is_met=is_met, why=why)


def _estimate(stored: Stored, rule: Threshold, backend: str, measured: Measured) -> Estimate | None:
    figure = figure_of(stored, rule, rule.figure, [measured])
    if figure is None:
        return None
    of_it = sample(figure, steady(measured))
    found = estimate(of_it.values, of_it.is_lower_bound)
    if found is None or rule.waits is None:
        return found
    cell = cell_of(rule, backend)
    most = cell.connections * 1e9 / some_time_ns(rule.waits)
    ideal = min(most, cell.rate_per_s) if cell.rate_per_s is not None else most
    low = None if found.low is None else found.low / ideal
    high = None if found.high is None else found.high / ideal
    return replace(found, value=found.value / ideal, low=low, high=high)


def _by_clients(stored: Stored, rule: Threshold, blank: Reached, least_trials: int) -> Reached:
    """Lost and doubled messages are in how they are found: it doesn't keep up with any."""
    found = clients_of(stored, blank.backend)
    if found is None or found.most_clients is None:
        return replace(blank, why="it was not searched for")
    n = search_trials(stored.run, rule.workload, blank.backend)
    blank = replace(blank, n=n, unit=TRIALS)
    if n < least_trials:
        return replace(blank, why=f"{n} of the {least_trials} trials that are needed")
    least = rule.at_least or math.inf
    is_met = found.most_clients >= least
    if not is_met and found.broke_at is None:
        return replace(blank, value=found.most_clients, why="more were not tried")
    return replace(blank, value=found.most_clients, is_met=is_met)


def _is_met(rule: Threshold, found: Estimate) -> bool | None:
    """By the whole interval."""
    if rule.at_most is not None:
        if found.high is not None and found.high <= rule.at_most:
            return True
        above = found.low if found.low is not None else None
        return False if above is not None and above > rule.at_most else None
    least = rule.at_least or 0.0
    if found.low is not None and found.low >= least:
        return True
    return False if found.high is not None and found.high < least else None


def _wanted(rule: Threshold) -> str:
    lost = ", none lost" if rule.none_lost else ""
    if rule.at_most is not None:
        return f"≤ {rule.at_most:g}{lost}"
    if rule.waits is not None:
        return f"≥ {rule.at_least:.0%} of min(offered, connections ÷ {rule.waits}){lost}"
    return f"≥ {rule.at_least:g}{lost}"
