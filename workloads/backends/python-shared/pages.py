"""The fortunes' page by string templates and html.escape, for servers without a template engine."""

from collections.abc import Iterable
from html import escape
from string import Template

_PAGE = Template(
    "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
    "<tr><th>id</th><th>message</th></tr>$rows</table></body></html>"
)
_ROW = Template("<tr><td>$id</td><td>$message</td></tr>")
_ADDED = (0, "Additional fortune added at request time.")


def fortunes_page(fortunes: Iterable[tuple[int, str]]) -> str:
    by_message = sorted([*fortunes, _ADDED], key=lambda fortune: fortune[1])
    rows = (_ROW.substitute(id=number, message=escape(text)) for number, text in by_message)
    return _PAGE.substitute(rows="".join(rows))
