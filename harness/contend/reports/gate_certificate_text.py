"""A certificate of the gate's error rates on a terminal. Pure."""

from pathlib import Path

from rich.text import Text

from contend.gate.certificate import Counted, GateCertificate
from contend.reports import foreign
from contend.reports.numbers import ABSENT, percent
from contend.reports.terminal import aligned

_SCATTER_HEADS = (
    *("figure", "sigma of a block", "allowed", "smallest change found"),
    *("passes at allowed", "at twice that"),
)
_INJECTED_HEADS = ("injected", "blocks", "CPU/request", "p99", "regression", "median blocks")


def render(found: GateCertificate, path: Path) -> list[Text]:
    minutes = found.within_s / 60
    scatter = [
        (
            one.name,
            _share(one.sigma),
            percent(one.delta),
            ABSENT if one.smallest_change is None else f"+{one.smallest_change:.1%}",
            *map(_passes, (one.passes_at_delta, one.passes_at_twice)),
        )
        for one in found.figures
    ]
    injected = [
        (
            one.name,
            str(one.blocks),
            _ratio(one.ratios.get("server_cpu_per_request")),
            _ratio(one.ratios.get("p99")),
            _counted(one.regressions),
            f"{one.median_blocks:.0f}",
        )
        for one in found.injected
    ]
    return [
        *aligned([list(map(Text, row)) for row in (_SCATTER_HEADS, *scatter)], left=1),
        Text(),
        *aligned([list(map(Text, row)) for row in (_INJECTED_HEADS, *injected)], left=1),
        Text(),
        _line("false alarms", f"{_counted(found.live)} of gates that were run"),
        _line("", f"{_counted(found.own_halves)} between halves of a gate's own baseline"),
        _line("", f"{_counted(found.drawn)} of gates drawn from {found.blocks} blocks"),
        _line("at delta", f"{_counted(found.at_delta)} of drawn gates that lie exactly there"),
        _line("stored", foreign.on_terminal(str(path))),
        Text(
            f"Gates of at most {minutes:g} min. Drawn ones take their blocks from those measured, "
            "and can't know more than these; they judge figures, not shares. Where a change is put "
            "in, a coin says of each block which of the equal sides is the candidate. Bounds with "
            "a risk of 5%; a smallest change is found in 95% of drawn gates. Passes: of drawn "
            "gates whose one figure is worse by what is allowed, where a pass is no error yet and "
            "likelier than anywhere beyond, or by twice that.",
            style="dim",
        ),
    ]


def _line(head: str, text: str) -> Text:
    return Text.assemble((f"{head:14}", "dim"), text)


def _share(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.2%}"


def _ratio(value: float | None) -> str:
    return ABSENT if value is None else f"{100 * (value - 1):+.1f}%"


def _passes(one: Counted | None) -> str:
    return ABSENT if one is None else _counted(one)


def _counted(one: Counted) -> str:
    return f"{one.found} of {one.of} ({'≤' if one.is_upper else '≥'}{one.bound:.1%})"
