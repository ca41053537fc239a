"""How every picture looks: ink, colours of languages, fonts. Pure."""

import altair as alt

# What layers of one panel come to.
Panel = alt.LayerChart | alt.FacetChart

INK, QUIET, PALE = "#24292f", "#57606a", "#e6e8eb"
COLOURS = {
    "JavaScript": "#c77700",
    "Python": "#2f6db3",
    "C++": "#6e7781",
    "C++ and Python": "#8a6fb0",
}
FONT = "DejaVu Sans, Verdana, sans-serif"


def styled(chart: alt.VConcatChart) -> alt.VConcatChart:
    styled: alt.VConcatChart = (
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
    return styled
