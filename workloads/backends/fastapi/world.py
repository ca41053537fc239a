from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.orm.attributes import flag_modified

from database import Database, World
from schemas import RowQuery, RowsQuery

FIRST_ID, ROWS, STRIDE = 100_000, 10_000, 500

router = APIRouter()


class Row(BaseModel):
    id: int
    number: int


@router.get("/db", response_model=Row)
async def one_row(query: Annotated[RowQuery, Query()], database: Database) -> World:
    return await get_or_404(database, query.id)


@router.get("/queries", response_model=list[Row])
async def many_rows(query: Annotated[RowsQuery, Query()], database: Database) -> list[World]:
    ids = [FIRST_ID + STRIDE * k % ROWS for k in range(query.n)]
    # Without populate_existing a row that was read already comes out of the session.
    return [await database.get_one(World, row_id, populate_existing=True) for row_id in ids]


@router.post("/update", response_model=Row)
async def update(query: Annotated[RowQuery, Query()], database: Database) -> World:
    # IMMEDIATE, as SQLite refuses to let a transaction write that has read what is out of date.
    await database.execute(text("BEGIN IMMEDIATE"))
    row = await get_or_404(database, query.id)
    row.number = query.id
    flag_modified(row, "number")  # it is the number that it was: written all the same
    await database.commit()
    return row


async def get_or_404(database: Database, row_id: int) -> World:
    row = await database.get(World, row_id)
    if row is None:
        raise HTTPException(404)
    return row
