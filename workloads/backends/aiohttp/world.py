from aiohttp import web

from database import DATABASE, Row
from schemas import RowQuery, RowsQuery

FIRST_ID, ROWS, STRIDE = 100_000, 10_000, 500

routes = web.RouteTableDef()


@routes.get("/db")
async def one_row(request: web.Request) -> web.Response:
    query = RowQuery.model_validate(dict(request.query))
    return row_response(await request.app[DATABASE].read_row(query.id))


@routes.get("/queries")
async def many_rows(request: web.Request) -> web.Response:
    query = RowsQuery.model_validate(dict(request.query))
    ids = [FIRST_ID + STRIDE * k % ROWS for k in range(query.n)]
    return web.json_response(await request.app[DATABASE].read_rows(ids))


@routes.post("/update")
async def update(request: web.Request) -> web.Response:
    query = RowQuery.model_validate(dict(request.query))
    return row_response(await request.app[DATABASE].update_row(query.id))


def row_response(row: Row | None) -> web.Response:
    if row is None:
        raise web.HTTPNotFound
    return web.json_response(row)
