"""How every picture looks: ink, colours of languages, fonts. Pure."""

import math
from collections.abc import Collection
from typing import Any

import altair as alt
import vl_convert

# What layers of one panel come to.
Panel = alt.LayerChart | alt.FacetChart

INK, QUIET, PALE = "#24292f", "#57606a", "#e6e8eb"
COLOURS = {
    "JavaScript": "#c77700",
    "Python": "#2f6db3",
    "C++": "#6e7781",
    "C++ and Python": "#8a6fb0",
}
_MORE = ("#2e8b57", "#b5446e", "#00838f", "#8d6e63")
_FEW_DECADES = 2.0
FONT = "DejaVu Sans, Verdana, sans-serif"


def drawn_svg(definition: dict[str, Any]) -> bytes:
    """REQUIRES: Vega-Lite whose texts foreign.in_chart has been through."""
    text = vl_convert.vegalite_to_svg(definition)
    return (text if text.endswith("\n") else text + "\n").encode()


def colours_of(languages: Collection[str]) -> dict[str, str]:
    """The same one for a language in every picture."""
    others = sorted(one for one in languages if one not in COLOURS)
    colours = COLOURS | {one: _MORE[at % len(_MORE)] for at, one in enumerate(others)}
    return {one: colour for one, colour in colours.items() if one in languages}


def rounded(value: float) -> float:
    """Without the last digits of this machine's arithmetic."""
    return float(f"{value:.6g}")


def tick_values(least: float, most: float) -> list[float]:
    """Of a logarithmic axis: powers of ten, with 2 and 5 of each where there are few of them."""
    decades = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    steps = (1, 2, 5) if math.log10(most / least) < _FEW_DECADES else (1,)
    return [rounded(step * 10.0**decade) for decade in decades for step in steps]


def styled(chart: Any) -> Any:
    return (
        chart.configure(background="white", font=FONT, padding=14)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK,
            titleColor=INK,
            titleFontWeight="normal",
            gridColor=PALE,
            domainColor=QUIET,
            tickColor=QUIET,
            labelFontSize=11,
            titleFontSize=11,
        )
        .configure_legend(labelColor=INK, labelFontSize=11, symbolSize=90, symbolStrokeWidth=0)
        .configure_title(
            color=INK,
            fontSize=16,
            anchor="start",
            subtitleColor=QUIET,
            subtitleFontSize=11,
            subtitlePadding=6,
            offset=14,
        )
    )
