"""What needs neither database nor other services."""

import asyncio

from aiohttp import web

from cpu_work import burn, count_primes

routes = web.RouteTableDef()


@routes.get("/plaintext")
async def plaintext(request: web.Request) -> web.Response:
    return web.Response(text="Hello, World!")


@routes.get("/json")
async def json(request: web.Request) -> web.Response:
    return web.json_response({"message": "Hello, World!"})


@routes.get(r"/delay/{ms:\d+}")
async def delay(request: web.Request) -> web.Response:
    ms = request.match_info["ms"]
    await asyncio.sleep(int(ms) / 1000)
    return web.Response(text=ms)


# On the loop, as Node.js: what that costs is what the workloads ask.
@routes.get(r"/cpu/{ms:\d+}")
async def cpu(request: web.Request) -> web.Response:
    ms = request.match_info["ms"]
    burn(int(ms))
    return web.Response(text=ms)


@routes.get("/work")
async def work(request: web.Request) -> web.Response:
    return web.Response(text=str(count_primes()))
