"""An advice as lines for a terminal or a pipe: the best server first, and what each sentence rests
on. Pure."""

from collections.abc import Iterator

from rich.text import Text

from contend.advice.document import Advice, Answer, Candidate, Cited, Margin
from contend.advice.need import ANY, NONE, Need
from contend.reports.numbers import number

_MOST_SHOWN = 5
_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}


def render(advice: Advice, every: bool = False) -> Iterator[Text]:
    """`every`: all servers, not only the first few."""
    yield Text(_need(advice.need), style="bold")
    yield Text(f"from runs of {advice.machine}" if advice.machine else "no run is stored", "dim")
    yield Text()
    yield Text(_headline(advice), style="bold")
    shown = advice.candidates if every else advice.candidates[:_MOST_SHOWN]
    for place, one in enumerate(shown, start=1):
        yield Text()
        yield from _candidate(place, one)
    if (left := len(advice.candidates) - len(shown)) > 0:
        yield Text()
        yield Text(f"and {left} more, which stand behind these: --all", style="dim")
    if advice.margins:
        yield Text()
        yield Text("the first beside others that meet as much, CPU a request:")
        yield from (Text(f"  {_margin(one)}") for one in advice.margins)
    yield Text()
    yield Text("not known from any measurement here:")
    yield from (Text(f"  {one}") for one in advice.unknown)
    if advice.measure:
        yield Text()
        yield Text("to know more:")
        yield from (Text(f"  {one}") for one in advice.measure)


def _need(need: Need) -> str:
    parts = [f"{need.rate:,g} requests/s"]
    parts += [f"p99 ≤ {need.p99}"] if need.p99 else []
    parts += [f"{need.cpu} of CPU"] if need.cpu_s else []
    parts += [f"{need.wait} of waiting"] if need.wait_s else []
    parts += [f"{need.connections:,} connections"]
    parts += [need.real_time] if need.real_time != NONE else []
    parts += ["an object mapper"] if need.orm else []
    parts += ["sessions"] if need.sessions else []
    parts += [f"in {need.language}"] if need.language != ANY else []
    parts += [f"on {need.cores} cores at most"] if need.cores else []
    return f"need: {', '.join(parts)}"


def _headline(advice: Advice) -> str:
    if not advice.candidates:
        return "no server that people deploy is written in that language here"
    first = advice.candidates[0]
    if first.misses:
        return "none of them meets all that was asked: the nearest first"
    if first.unknown:
        return "what is stored doesn't tell whether any meets all that was asked: measure first"
    rivals = [
        one.other for one in advice.margins if one.verdict != "faster" and _is_equal(advice, one)
    ]
    if rivals:
        return f"{first.backend}, and as good by what is known: {', '.join(rivals)}"
    return f"{first.backend} ({first.language})"


def _is_equal(advice: Advice, margin: Margin) -> bool:
    """They take as many cores too."""
    first = advice.candidates[0]
    other = next(one for one in advice.candidates if one.backend == margin.other)
    return other.most_cores == first.most_cores


def _candidate(place: int, one: Candidate) -> Iterator[Text]:
    cores = _cores(one)
    yield Text(f"{place}. {one.backend} ({one.language}){f': {cores}' if cores else ''}", "bold")
    for answer in one.answers:
        yield _answer(answer)


def _cores(one: Candidate) -> str:
    if one.least_cores is None or one.most_cores is None:
        return ""
    ends = dict.fromkeys((one.least_cores, one.most_cores))
    return f"{' to '.join(map(str, ends))} core{'s' if one.most_cores > 1 else ''}"


def _answer(answer: Answer) -> Text:
    mark, style = _MARKS[answer.is_met]
    cited = f"  [{_cite(answer.cited)}]" if answer.cited else ""
    text = Text.assemble("   ", (mark, style), f" {answer.asks}: {answer.says}", (cited, "dim"))
    if answer.is_met is None and answer.measure:
        text.append(f"; to know: {answer.measure}", style="yellow")
    return text


def _margin(one: Margin) -> str:
    ends = f"{_end(one.low)} to {_end(one.high)}"
    return f"{one.other}: ×{number(one.ratio)} ({ends}), {one.verdict}  [{_cite(one.cited)}]"  # noqa: RUF001


def _end(value: float | None) -> str:
    return "?" if value is None else number(value)


def _cite(cited: Cited) -> str:
    return f"{cited.figure} of {cited.workload}, {cited.load}, {cited.run}"
