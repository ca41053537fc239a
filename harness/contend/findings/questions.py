"""How two servers are asked to compare: by blocks, by the reference, or by trials. Pure."""

import math
from collections.abc import Sequence

from contend.findings.figures import Figure
from contend.findings.units import LaneUnit, Unit, log_ratio, sample
from contend.stats.compare import Paired, Question, Sample


def question_of(
    figure: Figure,
    over: Sequence[Unit],
    under: Sequence[Unit],
    reference: Sequence[Unit] = (),
) -> Question | Paired | None:
    """By blocks that both stand in; where one stands apart, by the ratios of each to the reference,
    which is in the blocks of both; else by the trials of each. None where a side doesn't have the
    figure, or it isn't one of speed."""
    if figure.higher_is_faster is None:
        return None
    top, bottom = sample(figure, over), sample(figure, under)
    if not top.values or not bottom.values:
        return None
    if not _lanes(over) or not _lanes(under):
        return Question((top,), (bottom,), figure.higher_is_faster)
    both = _together(over, under)
    if not both:
        return _by_reference(figure, over, under, reference)
    told = (log_ratio(figure, one, beside) for one, beside in both)
    logs = tuple(log for log in told if log is not None)
    bounds = top.is_lower_bound, bottom.is_lower_bound
    return Paired(logs, figure.higher_is_faster, len(both), *bounds)


def _by_reference(
    figure: Figure, over: Sequence[Unit], under: Sequence[Unit], reference: Sequence[Unit]
) -> Question | None:
    """What the machine did to a block it did to the reference in it too: the scatter is that of the
    ratios, and not of the figures."""
    assert figure.higher_is_faster is not None
    samples = [_ratios(figure, side, reference) for side in (over, under)]
    if not all(one.values for one in samples):
        return None
    return Question((samples[0],), (samples[1],), figure.higher_is_faster)


def _ratios(figure: Figure, units: Sequence[Unit], reference: Sequence[Unit]) -> Sample:
    told = (log_ratio(figure, one, base) for one, base in _together(units, reference))
    ratios = tuple(math.exp(log) for log in told if log is not None)
    return Sample(ratios, sample(figure, units).is_lower_bound)


def _together(units: Sequence[Unit], others: Sequence[Unit]) -> list[tuple[LaneUnit, LaneUnit]]:
    """Those that stand in one block; a group that stands apart has numbers of its own."""
    beside = {(one.block.apart, one.block.number): one for one in _lanes(others)}
    return [
        (one, found)
        for one in _lanes(units)
        if (found := beside.get((one.block.apart, one.block.number))) is not None
    ]


def _lanes(units: Sequence[Unit]) -> list[LaneUnit]:
    return [one for one in units if isinstance(one, LaneUnit)]
