"""Text from outside in each format: whatever it is, it stays text."""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest
from conftest import Contend
from contend.cli.output import LineConsole, write_lines
from contend.findings.table import Tables
from contend.findings.tables import build_tables
from contend.gate.document import INCONCLUSIVE, SCHEMA, GateDocument, Metric
from contend.reports import foreign, gate_junit, gate_text, markdown, plot, readme
from contend.reports.markdown import grid
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace
from rich.text import Text
from stored_runs import Fake, quick_figures, stored_run

# Any text at all, and much of what means something to a format.
PIECES = st.sampled_from(
    [
        *(
            "|",
            "\\",
            "`",
            "```",
            "*",
            "_",
            "<",
            ">",
            "&",
            "#",
            "~~",
            "[",
            "](",
            "!",
            "$",
            "- ",
            "+",
        ),
        *("1. ", "2)", "---", "===", "\n", "\r", "\t", "    ", "\x1b[31m", "\u202e", "\x00", "]]>"),
        *("&amp;", "<b>", "</script>", "<!--", "http://", "\ufffe", "\ud800", "a", "B", "7", "é"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=8).map("".join))
NASTY = "BM<vector<int>>|`x`\x1b[31m\n```\n# \u202eend</script>|\\"


def parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def letters(tokens: Sequence[Token]) -> str:
    """Of inline tokens that are nothing but text."""
    for one in tokens:
        assert one.type in ("text", "text_special"), one.type
    return "".join(one.content for one in tokens)


def inlines(tokens: Sequence[Token]) -> list[str]:
    return [letters(one.children or []) for one in tokens if one.type == "inline"]


@given(TEXTS)
@example(NASTY)
@example("\\|")
def test_a_text_in_a_markdown_cell_is_one_cell_of_one_row(text: str) -> None:
    table = grid(["name", "value"], [[foreign.in_markdown(text), "7"]])
    tokens = parsed(f"before\n\n{table}\n\nafter")
    kinds = [one.type for one in tokens]
    assert (kinds.count("table_open"), kinds.count("tr_open"), kinds.count("td_open")) == (1, 2, 2)
    shown = foreign.visible(text).strip()
    assert inlines(tokens) == ["before", "name", "value", shown, "7", "after"]


@given(TEXTS)
@example("- - x")
@example("1. x")
@example("***")
def test_a_text_in_a_markdown_list_is_one_line_of_it(text: str) -> None:
    tokens = parsed(f"- {foreign.in_markdown(text)}\n- b")
    kinds = {one.type for one in tokens if one.nesting == 1}
    assert kinds <= {"bullet_list_open", "list_item_open", "paragraph_open"}
    shown = foreign.visible(text).strip()
    assert inlines(tokens) == [*filter(None, [shown]), "b"]


@given(TEXTS)
@example("`")
@example(" a ")
@example(" ")
def test_a_text_as_code_is_code(text: str) -> None:
    (line,) = [one for one in parsed(f"x{foreign.in_markdown_code(text)}x") if one.type == "inline"]
    children = line.children or []
    code = [one.content for one in children if one.type == "code_inline"]
    assert code == [*filter(None, [foreign.visible(text)])]
    assert [one.type for one in children if one.type != "code_inline"] in (["text"], ["text"] * 2)


@given(st.lists(TEXTS, max_size=4))
@example(["```", "~~~", "# x"])
def test_lines_in_a_block_do_not_end_it(lines: list[str]) -> None:
    tokens = parsed(foreign.in_markdown_block(lines))
    assert [one.type for one in tokens] == ["fence"]
    assert tokens[0].content == "".join(f"{foreign.visible(one)}\n" for one in lines)


def document(text: str) -> GateDocument:
    metric = Metric(text, 0.05, 1.0, 0.99, 1.01, 1.0, INCONCLUSIVE, reason=text or None)
    judged = Metric(text, 0.05, 1.0, 0.99, 1.01, 1.0, INCONCLUSIVE)
    return GateDocument(
        SCHEMA, INCONCLUSIVE, True, 0, 0, (metric, judged), reasons=(text,), again=f"contend {text}"
    )


@given(TEXTS)
@example(NASTY)
def test_a_gate_in_junit_is_xml_whatever_it_is_told(text: str) -> None:
    root = ET.fromstring(gate_junit.render(document(text)))
    assert {one.get("name") for one in root} == {foreign.visible(text)}
    assert [one.tag for one in root] == ["testcase"] * 2


@given(TEXTS)
@example(NASTY)
def test_a_gate_in_markdown_keeps_its_shape(text: str) -> None:
    tokens = parsed(gate_text.markdown(document(text)))
    kinds = [one.type for one in tokens if one.nesting == 1 or one.type in ("fence", "html_block")]
    plain = parsed(gate_text.markdown(document("plain")))
    assert (
        kinds
        == [one.type for one in plain if one.nesting == 1 or one.type in ("fence", "html_block")]
        or not text.strip()
    )


UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@given(TEXTS)
@example(NASTY)
def test_no_control_character_is_left_on_a_terminal(text: str) -> None:
    assert not UNSEEN.search(foreign.on_terminal(text)) and "\n" not in foreign.on_terminal(text)
    styled = foreign.on_terminal_styled(Text.assemble("a ", (text, "red"), " b"))
    assert not UNSEEN.search(styled.plain)
    assert styled.plain.startswith("a ") and styled.plain.endswith(" b")
    lines = gate_text.render(document(text))
    assert not any(UNSEEN.search(line.plain) for line in lines)


def test_what_is_printed_has_no_escape_whoever_writes_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_lines([Text("red: \x1b[31m, title: \x1b]0;x\x07"), Text("two\nlines")])
    LineConsole().print("log: \x1b[2J", soft_wrap=True)
    said = capsys.readouterr().out
    assert "\x1b" not in said and "\x07" not in said
    assert said.splitlines()[0] == "red: \\x1b[31m, title: \\x1b]0;x"  # Rich drops a bell
    assert said.splitlines()[1:] == ["two", "lines", "log: \\x1b[2J"]


def test_a_style_stays_where_it_was() -> None:
    styled = foreign.on_terminal_styled(Text.assemble("a\x1b", ("b\x1b", "red"), "c"))
    assert styled.plain == "a\\x1bb\\x1bc"
    red = [styled.plain[span.start : span.end] for span in styled.spans if span.style == "red"]
    assert "".join(red) == "b\\x1b"


def test_an_error_that_quotes_a_server_is_printed_without_its_escapes(contend: Contend) -> None:
    done = contend("gate", "--stored", "/nowhere/\x1b[31mred")
    assert done.code == 2 and "\x1b" not in done.err and "\\x1b[31mred" in done.err


@given(TEXTS)
@example("</script>")
def test_a_chart_has_no_text_that_ends_a_script(text: str) -> None:
    found = foreign.in_chart({"a": [{"b": text}, 7, None]})
    inner = found["a"][0]["b"]
    assert found["a"][1:] == [7, None] and "</" not in inner and "<!--" not in inner
    assert not UNSEEN.search(inner.replace("\n", ""))


def tables_of(text: str) -> Tables:
    """Of a run in which it stands wherever a backend, a workload or the machine says something."""
    run = stored_run(
        lambda cell: Fake(not_run=text) if cell.backend == "gil-threads" else quick_figures(cell)
    )
    header = run.header
    machine = replace(header.environment.machine, cpu_model=text)
    told = replace(
        header,
        backends={
            name: replace(one, title=text, runtime=text) for name, one in header.backends.items()
        },
        workloads={
            name: replace(one, title=text, requests=(text, text))
            for name, one in header.workloads.items()
        },
        environment=replace(header.environment, machine=machine),
        suite=replace(header.suite, title=text),
    )
    return build_tables(replace(run, header=told))


def test_tables_keep_their_shape_whatever_a_run_says() -> None:
    plain, nasty = tables_of("plain"), tables_of(NASTY)
    for render in (markdown.render, lambda tables: readme.render(tables, "a", "b").encode()):
        shapes = [
            [one.type for one in parsed(render(tables).decode())] for tables in (plain, nasty)
        ]
        assert shapes[0] == shapes[1]
        said = render(nasty).decode()
        assert not UNSEEN.search(said) and "vector" in said
    assert all(svg.startswith(b"<svg") for svg in plot.svgs(nasty).values())


@given(TEXTS)
def test_a_text_between_tags_is_text(text: str) -> None:
    inner = foreign.in_html(text)
    assert "<" not in inner and ">" not in inner and '"' not in inner
    assert html.unescape(inner) == foreign.visible(text)


def test_what_is_printable_stays_as_it_is() -> None:
    for plain in ("node-http (tuned)", "server_cpu_per_request", "GET /a?b=c", "±1.6%", "日本語"):
        assert foreign.in_markdown(plain) == foreign.visible(plain) == plain
