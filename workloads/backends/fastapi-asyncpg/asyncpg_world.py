from typing import Annotated

import asyncpg
from fastapi import APIRouter, HTTPException, Query

from asyncpg_database import Database
from rows import Row, ids
from schemas import RowQuery, RowsQuery

_ROW = "SELECT id, number FROM world WHERE id = $1"

router = APIRouter()


@router.get("/db")
async def one_row(query: Annotated[RowQuery, Query()], database: Database) -> Row:
    return found(await database.fetchrow(_ROW, query.id))


@router.get("/queries")
async def many_rows(query: Annotated[RowsQuery, Query()], database: Database) -> list[Row]:
    return [found(await database.fetchrow(_ROW, row_id)) for row_id in ids(query.n)]


@router.post("/update")
async def update(query: Annotated[RowQuery, Query()], database: Database) -> Row:
    async with database.transaction():
        row = found(await database.fetchrow(f"{_ROW} FOR UPDATE", query.id))
        row.number = query.id
        statement = "UPDATE world SET number = $1 WHERE id = $2"
        await database.execute(statement, row.number, row.id)
    return row


def found(row: asyncpg.Record | None) -> Row:
    if row is None:
        raise HTTPException(404)
    return Row(**row)
