import asyncio

import aiohttp
from aiohttp import web

from schemas import FanoutQuery

UPSTREAM = web.AppKey("upstream", aiohttp.ClientSession)

routes = web.RouteTableDef()


@routes.get("/fanout")
async def fanout(request: web.Request) -> web.Response:
    query = FanoutQuery.model_validate(dict(request.query))
    client = request.app[UPSTREAM]
    replies = await asyncio.gather(*(ask(client, "/delay/5") for _ in range(query.n)))
    return web.json_response({"replies": replies})


async def ask(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path, raise_for_status=True) as response:
        return await response.text()
