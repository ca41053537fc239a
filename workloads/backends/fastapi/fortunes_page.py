"""The fortunes' page: one is added, all are sorted."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

templates = Jinja2Templates(Path(__file__).parent / "templates")
templates.env.auto_reload = False  # in production no file is looked at for changes


class Fortune(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def message(self) -> str: ...


class ShownFortune(NamedTuple):
    id: int
    message: str


ADDED = ShownFortune(0, "Additional fortune added at request time.")


def page(request: Request, stored: Iterable[Fortune]) -> HTMLResponse:
    found = sorted([*stored, ADDED], key=lambda fortune: fortune.message)
    return templates.TemplateResponse(request, "fortunes.html", {"fortunes": found})
