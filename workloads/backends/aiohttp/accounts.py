import asyncio

from aiohttp import web
from aiohttp_session import get_session, new_session

from passwords import is_password
from schemas import Credentials
from sqlite_pool import POOL

routes = web.RouteTableDef()


@routes.post("/login")
async def login(request: web.Request) -> web.Response:
    given = Credentials.model_validate_json(await request.read())
    accounts = await request.app[POOL].execute(
        "SELECT salt, password FROM account WHERE name = ?", (given.name,)
    )
    if not accounts or not await asyncio.to_thread(is_password, given.password, *accounts[0]):
        raise web.HTTPUnauthorized
    session = await new_session(request)
    session["name"] = given.name
    return web.json_response({"name": given.name})


@routes.get("/me")
async def me(request: web.Request) -> web.Response:
    session = await get_session(request)
    if "name" not in session:
        raise web.HTTPUnauthorized
    return web.json_response({"name": session["name"]})
