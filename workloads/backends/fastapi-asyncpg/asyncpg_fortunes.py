from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from asyncpg_database import Database
from fortunes_page import ShownFortune, page

router = APIRouter()


@router.get("/fortunes", response_class=HTMLResponse)
async def fortunes(request: Request, database: Database) -> HTMLResponse:
    rows = await database.fetch("SELECT id, message FROM fortune")
    return page(request, [ShownFortune(*row) for row in rows])
