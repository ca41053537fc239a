from flask import Blueprint, request
from sqlalchemy.orm.attributes import flag_modified

from database import World, begin_writing, db
from schemas import RowQuery, RowsQuery

FIRST_ID, ROWS, STRIDE = 100_000, 10_000, 500

blueprint = Blueprint("world", __name__)


@blueprint.get("/db")
def one_row() -> dict[str, int]:
    query = RowQuery.model_validate(request.args.to_dict())
    return as_dict(db.get_or_404(World, query.id))


@blueprint.get("/queries")
def many_rows() -> list[dict[str, int]]:
    query = RowsQuery.model_validate(request.args.to_dict())
    ids = [FIRST_ID + STRIDE * k % ROWS for k in range(query.n)]
    # Without populate_existing a row that was read already comes out of the session.
    rows = [db.session.get_one(World, row_id, populate_existing=True) for row_id in ids]
    return [as_dict(row) for row in rows]


@blueprint.post("/update")
def update() -> dict[str, int]:
    query = RowQuery.model_validate(request.args.to_dict())
    begin_writing()
    row = db.get_or_404(World, query.id, with_for_update=True)  # no word of it in SQLite
    row.number = query.id
    flag_modified(row, "number")  # it is the number that it was: written all the same
    reply = as_dict(row)
    db.session.commit()
    return reply


def as_dict(row: World) -> dict[str, int]:
    return {"id": row.id, "number": row.number}
