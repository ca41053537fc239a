"""Two documents of `contend load` beside each other, on a terminal or in a pipe. Pure."""

from rich.text import Text

from contend.durations import format_ns, three_digits
from contend.findings.load_pair import LoadPair, PairedFigure
from contend.reports import foreign
from contend.reports.terminal import aligned

_ABSENT = "-"


def render(found: LoadPair) -> list[Text]:
    names = f"{found.first}, then {found.second}"
    lines = [Text(foreign.on_terminal(names), style="bold")]
    lines += [Text(f"differs: {foreign.on_terminal(one)}", style="yellow") for one in found.differs]
    for name, verdict in zip((found.first, found.second), found.verdicts, strict=True):
        if verdict != "valid":
            lines.append(Text(f"{foreign.on_terminal(name)}: {verdict}", style="yellow"))
    heads = ("figure", "first", "second", "ratio", "95% interval")
    rows = [[Text(head) for head in heads], *(_row(one) for one in found.figures)]
    lines += [Text(), *aligned(rows, left=1), Text()]
    caption = (
        "Ratio: second divided by first, each one trial of one start. Another start may differ by "
        "more than the interval says: contend gate compares servers."
    )
    return [*lines, Text(caption, style="dim")]


def _row(figure: PairedFigure) -> list[Text]:
    interval = _ABSENT
    if figure.low is not None and figure.high is not None:
        interval = f"{figure.low:.3g} to {figure.high:.3g}"
    ratio = _ABSENT if figure.ratio is None else f"{figure.ratio:.3g}"
    cells = (figure.name, _value(figure, figure.first), _value(figure, figure.second))
    return [Text(one) for one in (*cells, ratio, interval)]


def _value(figure: PairedFigure, value: float | None) -> str:
    if value is None:
        return _ABSENT
    if figure.unit == "ns":
        return format_ns(value)
    return f"{100 * value:.3g}%" if figure.unit == "share" else f"{three_digits(value)}/s"
