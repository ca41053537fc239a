"""A table's judged comparisons as a forest plot: each server's ratio to the reference. Pure."""

from typing import Any

from contend.findings.ahead import judged, ranked
from contend.findings.table import Head, Row, Table
from contend.reports import foreign, wording
from contend.reports.chart_style import INK, drawn_svg, styled
from contend.reports.ratio_panel import Ratio, Scale, panel, reach_of
from contend.stats.compare import FASTER, MARGIN, SLOWER, TIE, Comparison

_WIDTH = 420
_OPEN = "unresolved"
_SHADES = {FASTER: "#2e8b57", SLOWER: "#b5446e", TIE: INK, _OPEN: "#a0a7b0"}


def svg(table: Table) -> bytes | None:
    """None where nothing is compared."""
    found = definition(table)
    return None if found is None else drawn_svg(found)


def definition(table: Table) -> dict[str, Any] | None:
    """As Vega-Lite."""
    head = judged(table)
    if head is None or table.reference is None:
        return None
    ratios = [
        _ratio(row, head, found)
        for row in ranked(table)
        if (found := row.comparisons.get(head.name)) is not None and found.ratio
    ]
    if not ratios:
        return None
    words = f"← slower · times as fast as {table.reference} · faster →"
    scale = Scale(reach_of(ratios), _SHADES, words, _WIDTH)
    drawn: dict[str, Any] = foreign.in_chart(
        styled(panel(head.title, ratios, MARGIN, scale)).to_dict()
    )
    return drawn


def _ratio(row: Row, head: Head, found: Comparison) -> Ratio:
    assert found.ratio is not None

    def times(value: float) -> float:
        return value if head.higher_is_faster else 1 / value

    ends = (found.low, found.high) if head.higher_is_faster else (found.high, found.low)
    low, high = (None if one is None else times(one) for one in ends)
    return Ratio(
        label=wording.name(row),
        sign=found.verdict if found.verdict in _SHADES else _OPEN,
        value=times(found.ratio),
        low=low,
        high=high,
        said=f"{head.title} {wording.ratio(found)} ({wording.ratio_interval(found)})",
    )
