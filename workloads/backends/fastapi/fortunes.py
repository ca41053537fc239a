from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy import select

from database import Database, Fortune

router = APIRouter()
templates = Jinja2Templates(Path(__file__).parent / "templates")
templates.env.auto_reload = False  # in production no file is looked at for changes


@router.get("/fortunes", response_class=HTMLResponse)
async def fortunes(request: Request, database: Database) -> HTMLResponse:
    found = [
        *await database.scalars(select(Fortune)),
        Fortune(id=0, message="Additional fortune added at request time."),
    ]
    found.sort(key=lambda fortune: fortune.message)
    return templates.TemplateResponse(request, "fortunes.html", {"fortunes": found})
