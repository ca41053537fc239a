from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import text
from sqlalchemy.orm.attributes import flag_modified

from rows import Row, ids
from schemas import RowQuery, RowsQuery
from sqlite_database import Database
from tables import World

router = APIRouter()


@router.get("/db", response_model=Row)
def one_row(query: Annotated[RowQuery, Query()], database: Database) -> World:
    return get_or_404(database, query.id)


@router.get("/queries", response_model=list[Row])
def many_rows(query: Annotated[RowsQuery, Query()], database: Database) -> list[World]:
    # Without populate_existing a row that was read already comes out of the session.
    return [database.get_one(World, row_id, populate_existing=True) for row_id in ids(query.n)]


@router.post("/update", response_model=Row)
def update(query: Annotated[RowQuery, Query()], database: Database) -> World:
    # SQLite refuses to let a transaction write that has read what is out of date.
    database.execute(text("BEGIN IMMEDIATE"))
    row = get_or_404(database, query.id)
    row.number = query.id
    flag_modified(row, "number")  # it is the number that it was: written all the same
    database.commit()
    return row


def get_or_404(database: Database, row_id: int) -> World:
    row = database.get(World, row_id)
    if row is None:
        raise HTTPException(404)
    return row
