import aiosqlite
from aiohttp import web

from database import POOL
from schemas import RowQuery, RowsQuery

FIRST_ID, ROWS, STRIDE = 100_000, 10_000, 500

routes = web.RouteTableDef()


@routes.get("/db")
async def one_row(request: web.Request) -> web.Response:
    query = RowQuery.model_validate(dict(request.query))
    async with request.app[POOL].connection() as connection:
        return web.json_response(await read_row(connection, query.id))


@routes.get("/queries")
async def many_rows(request: web.Request) -> web.Response:
    query = RowsQuery.model_validate(dict(request.query))
    ids = [FIRST_ID + STRIDE * k % ROWS for k in range(query.n)]
    async with request.app[POOL].connection() as connection:
        return web.json_response([await read_row(connection, row_id) for row_id in ids])


@routes.post("/update")
async def update(request: web.Request) -> web.Response:
    query = RowQuery.model_validate(dict(request.query))
    async with request.app[POOL].transaction() as connection:
        row = await read_row(connection, query.id)
        row["number"] = query.id
        await connection.execute("UPDATE world SET number = :number WHERE id = :id", row)
    return web.json_response(row)


async def read_row(connection: aiosqlite.Connection, row_id: int) -> dict[str, int]:
    query = "SELECT id, number FROM world WHERE id = ?"
    for found, number in await connection.execute_fetchall(query, (row_id,)):
        return {"id": found, "number": number}
    raise web.HTTPNotFound
