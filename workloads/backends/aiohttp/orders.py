from aiohttp import web

from schemas import Order, OrderQuery, RowQuery

routes = web.RouteTableDef()


@routes.post("/orders/{id}")
async def place_order(request: web.Request) -> web.Response:
    target = RowQuery.model_validate(dict(request.match_info))
    query = OrderQuery.model_validate(dict(request.query))
    order = Order.model_validate_json(await request.read())
    return web.json_response(
        {
            **target.model_dump(),
            **query.model_dump(),
            **order.model_dump(),
            "count": len(order.items),
        }
    )
