from typing import Any

import aiohttp_jinja2
from aiohttp import web

from database import DATABASE

routes = web.RouteTableDef()


@routes.get("/fortunes")
@aiohttp_jinja2.template("fortunes.html")
async def fortunes(request: web.Request) -> dict[str, Any]:
    rows = await request.app[DATABASE].read_fortunes()
    found = [*rows, (0, "Additional fortune added at request time.")]
    found.sort(key=lambda fortune: fortune[1])
    return {"fortunes": [{"id": number, "message": message} for number, message in found]}
