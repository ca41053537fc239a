from aiohttp import web

from pieces import PIECE, PIECES

routes = web.RouteTableDef()


@routes.get("/download")
async def download(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
    await response.prepare(request)
    for _ in range(PIECES):
        await response.write(PIECE)
    await response.write_eof()
    return response


@routes.post("/upload")
async def upload(request: web.Request) -> web.Response:
    count = 0
    async for part in request.content.iter_any():
        count += len(part)
    return web.json_response({"bytes": count})
