from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy.orm.attributes import flag_modified

from postgresql_database import Database
from rows import Row, ids
from schemas import RowQuery, RowsQuery
from tables import World

router = APIRouter()


@router.get("/db", response_model=Row)
async def one_row(query: Annotated[RowQuery, Query()], database: Database) -> World:
    return await get_or_404(database, query.id)


@router.get("/queries", response_model=list[Row])
async def many_rows(query: Annotated[RowsQuery, Query()], database: Database) -> list[World]:
    # Without populate_existing a row that was read already comes out of the session.
    return [
        await database.get_one(World, row_id, populate_existing=True) for row_id in ids(query.n)
    ]


@router.post("/update", response_model=Row)
async def update(query: Annotated[RowQuery, Query()], database: Database) -> World:
    row = await get_or_404(database, query.id, for_update=True)
    row.number = query.id
    flag_modified(row, "number")  # it is the number that it was: written all the same
    await database.commit()
    return row


async def get_or_404(database: Database, row_id: int, for_update: bool = False) -> World:
    row = await database.get(World, row_id, with_for_update=for_update)
    if row is None:
        raise HTTPException(404)
    return row
