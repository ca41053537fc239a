"""Text that came from outside (servers' names, bodies and logs, foreign files, requests, commands),
made harmless where it enters a format: one function a format. Pure.

In every format, characters that nobody sees or that order others anew are written out: ESC as
\\x1b, an override of the writing direction as \\u202e, a line's end as \\n. So a text stays on one
line, and XML, which forbids some of them, can be parsed.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.text import Text

# Control, format (zero-width and bidirectional) and surrogate characters, and other line ends.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What CommonMark and GitHub's tables, strikethrough and mathematics read something into; an
# underscore between letters isn't, and stands in most names.
_READ = re.compile(r"[\\`*\[\]<>#|~&$]|(?<![^\W_])_|_(?![^\W_])")
# At the beginning only: a list. A number with a point in it is none.
_LIST = re.compile(r"^(\d+(?=[.)](?:\s|$)))?([-+.)])")
_BACKTICKS = re.compile("`+")


def on_terminal(text: str) -> str:
    return visible(text)


def on_terminal_styled(text: Text) -> Text:
    """As on_terminal, but for ends of lines; what is left keeps its style."""
    plain = text.plain
    unseen = [at for at, letter in enumerate(plain) if _is_unseen(letter) and letter != "\n"]
    if not unseen:
        return text
    pieces = text.divide(sorted({end for at in unseen for end in (at, at + 1)}))
    return Text(style=text.style, end=text.end).join(map(_shown, pieces))


def _shown(piece: Text) -> Text:
    """REQUIRES: each of its styles is one of all of it, where a character of it is unseen."""
    shown = "\n".join(map(visible, piece.plain.split("\n")))
    if shown == piece.plain:
        return piece
    written_out = Text(shown, style=piece.style)
    for span in piece.spans:
        written_out.stylize(span.style)
    return written_out


def in_markdown(text: str) -> str:
    """In a line or a table's cell: nothing is read into it but its letters."""
    escaped = _READ.sub(r"\\\g<0>", visible(text).strip())
    return _LIST.sub(_escaped_mark, escaped)


def _escaped_mark(found: re.Match[str]) -> str:
    return f"{found[1] or ''}\\{found[2]}"


def in_markdown_code(text: str) -> str:
    """As code in a line; in a table's cell a | would still end it."""
    shown = visible(text)
    if not shown:
        return ""
    # A space on either side is taken away again.
    edges = {shown[0], shown[-1]}
    space = " " if "`" in edges or (edges == {" "} and shown.strip()) else ""
    marks = _marks(shown, 1)
    return f"{marks}{space}{shown}{space}{marks}"


def in_markdown_block(lines: Iterable[str], kind: str = "text") -> str:
    """As a block of code, which no line ends."""
    shown = [visible(line) for line in lines]
    marks = _marks("\n".join(shown), 3)
    return "\n".join([f"{marks}{kind}", *shown, marks])


def in_html(text: str) -> str:
    """Between tags, or in an attribute's quotes."""
    return html.escape(visible(text))


def in_xml_attribute(text: str) -> str:
    """With its quotes."""
    from xml.sax.saxutils import quoteattr  # brings urllib

    return quoteattr(visible(text))


def in_chart(found: Any) -> Any:
    """A chart's definition with all its texts: one that stands in an HTML page's script can't end
    that, and one that stands in an SVG can be parsed."""
    if isinstance(found, dict):
        return {name: in_chart(value) for name, value in found.items()}
    if isinstance(found, list):
        return [in_chart(one) for one in found]
    if isinstance(found, str):
        lines = map(visible, found.split("\n"))
        return "\n".join(lines).replace("</", "< /").replace("<!--", "< !--")
    return found


def visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(_written_out(letter) if _is_unseen(letter) else letter for letter in text)


def _is_unseen(letter: str) -> bool:
    # No character ends in FFFE or FFFF.
    return unicodedata.category(letter) in _UNSEEN or ord(letter) & 0xFFFE == 0xFFFE


def _written_out(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    number = ord(letter)
    if number > 0xFFFF:
        return f"\\U{number:08x}"
    return f"\\u{number:04x}" if number > 0xFF else f"\\x{number:02x}"


def _marks(text: str, least: int) -> str:
    """So many that none in the text closes them."""
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)
