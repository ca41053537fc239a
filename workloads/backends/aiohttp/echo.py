from aiohttp import web

from web_socket import accept, messages, send

routes = web.RouteTableDef()


@routes.get("/ws/echo")
async def echo(request: web.Request) -> web.WebSocketResponse:
    websocket = await accept(request)
    async for message in messages(websocket):
        await send(websocket, message)
    return websocket
