from aiohttp import web

from schemas import EventsQuery
from ticks import ticks

routes = web.RouteTableDef()


@routes.get("/events")
async def events(request: web.Request) -> web.StreamResponse:
    query = EventsQuery.model_validate(dict(request.query))
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    async for tick in ticks(query.interval):
        await response.write(tick)
    return response
