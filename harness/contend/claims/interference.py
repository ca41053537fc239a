"""What streams, or anything else beside them, cost those who ask: p99 in a workload that has them,
divided by p99 in one that has not, at the same load in the same run. Pure."""

from msgspec.structs import replace

from contend.claims.asked import Asked, admitted, directed, figure_of, side, steady
from contend.claims.ledger import Cell, Ledger, PairRule
from contend.findings.archive import Archive, Missing
from contend.findings.units import TrialUnit, sample
from contend.stats.compare import Question, Sample

ALONE = "p99"  # the figure's name where its class is the only one


def ask_beside(ledger: Ledger, rule: Cell, pair: PairRule, archive: Archive) -> Asked | Missing:
    """REQUIRES: rule.without. Of fresh servers' trials alone: a block holds one workload."""
    assert rule.without is not None
    names = (pair.node, pair.python)
    found = archive.find(rule.workload, rule.load, names, ledger.least(rule.figure))
    if isinstance(found, Missing):
        return found
    bare = replace(rule, workload=rule.without, figure=ALONE)
    samples: list[Sample] = []
    loaded = []
    for place in (rule, bare):
        for name in names:
            if (place.workload, place.load.word, name) not in found.cells:
                return Missing(f"its run has {name} not without them too", found)
            measured = side(found, place, name)
            if isinstance(measured, str):
                return Missing(f"{name} on {place.workload}: {measured}", found)
            figure = figure_of(found, place, place.figure, [measured])
            units = [one for one in steady(measured) if isinstance(one, TrialUnit)]
            if figure is None or not units:
                return Missing(f"no trial of {name} on {place.workload} tells it", found)
            samples.append(sample(directed(figure, rule), units))
            if place is rule:
                loaded.append(units)
    if not all(one.values for one in samples):
        return Missing(f"{rule.figure} was withheld or not measured", found)
    node, python, node_bare, python_bare = samples
    question = Question((node, python_bare), (python, node_bare), rule.better == "higher")
    return admitted(ledger, rule, question, found, loaded)
