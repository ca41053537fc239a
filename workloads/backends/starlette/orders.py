from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from schemas import LARGEST_BODY, Order, OrderQuery, PlacedOrder


async def place_order(request: Request) -> JSONResponse:
    query = OrderQuery.model_validate(dict(request.query_params))
    order = Order.model_validate_json(await body(request))
    placed = PlacedOrder(
        id=request.path_params["order_id"], q=query.q, count=len(order.items), **dict(order)
    )
    return JSONResponse(placed.model_dump())


async def body(request: Request) -> bytes:
    if int(request.headers.get("content-length", 0)) > LARGEST_BODY:
        raise HTTPException(413)
    return await request.body()
