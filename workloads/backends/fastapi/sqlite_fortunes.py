from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from fortunes_page import page
from sqlite_database import Database
from tables import Fortune

router = APIRouter()


@router.get("/fortunes", response_class=HTMLResponse)
def fortunes(request: Request, database: Database) -> HTMLResponse:
    return page(request, database.scalars(select(Fortune)))
