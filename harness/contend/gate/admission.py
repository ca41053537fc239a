"""Whether a figure is known well enough to gate (formats.md, tail admission). Pure."""

import math
from collections.abc import Mapping, Sequence

from contend.blocks.record import QUANTILES
from contend.gate.block import BASELINE
from contend.gate.figures import GateFigure, Sides, usual_bursts
from contend.stats.tail import LEAST_EFFECTIVE, effective_exceedances


def why_not_gating(
    figure: GateFigure, logs: Sequence[float | None], kept: Sequence[Sides]
) -> str | None:
    """None when a figure is known well enough in every block to gate."""
    if not kept or any(one is None for one in logs):
        return "insufficient data: not every block has it"
    if figure.name not in QUANTILES:
        return None
    found = _effective(figure, kept)
    if found >= LEAST_EFFECTIVE:
        return None
    return f"insufficient data: {found:.0f} effective requests beyond it, of {LEAST_EFFECTIVE:.0f}"


def gates_from(
    figure: GateFigure, logs: Sequence[float | None], kept: Sequence[Sides]
) -> int | None:
    """With how many blocks such as these the figure is known well enough; None where with none."""
    if not kept or any(one is None for one in logs):
        return None
    if figure.name not in QUANTILES:
        return 1
    found = _effective(figure, kept)
    return math.ceil(LEAST_EFFECTIVE * len(kept) / found) if found else None


def why_waiting(
    figures: Sequence[GateFigure],
    logs: Mapping[str, list[float | None]],
    why_not: Mapping[str, str | None],
    kept: Sequence[Sides],
    last: int,
) -> str | None:
    """What a pass has to wait for: a figure that gates always and isn't known, or a quantile that
    the blocks to come, until the `last` one, will make known well enough."""
    for one in figures:
        if why_not[one.name] is None or one.is_optional:
            continue
        if one.name not in QUANTILES:
            return f"{one.name} is needed for a pass"
        needed = gates_from(one, logs[one.name], kept)
        if needed is not None and len(kept) < needed <= last:
            return f"{one.name} will be known well enough before block {last}"
    return None


def _effective(figure: GateFigure, kept: Sequence[Sides]) -> float:
    """Requests of the baseline beyond its own quantile: a candidate whose bad ones come together
    must not keep them out of sight by that. Without bursts that stalled, where they weigh nothing
    in the figure."""
    return effective_exceedances([_beyond(figure, block) for block in kept])


def _beyond(figure: GateFigure, block: Sides) -> list[tuple[int, int]]:
    """Of each burst of the baseline: its requests beyond the block's quantile, and all of them."""
    pooled = [one for one, _ in block.open]
    bursts = pooled if figure.is_pooled else usual_bursts(block, BASELINE)
    return [(one.latency.beyond.get(figure.name, 0), one.latency.count) for one in bursts]
