from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from fortunes_page import page
from postgresql_database import Database
from tables import Fortune

router = APIRouter()


@router.get("/fortunes", response_class=HTMLResponse)
async def fortunes(request: Request, database: Database) -> HTMLResponse:
    return page(request, await database.scalars(select(Fortune)))
