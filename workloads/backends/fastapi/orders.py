from typing import Annotated

from fastapi import APIRouter, Path, Query

from schemas import LARGEST_BODY, Order, OrderQuery, PlacedOrder

router = APIRouter()


@router.post("/orders/{order_id}", max_body_size=LARGEST_BODY)
async def place_order(
    order_id: Annotated[int, Path(ge=0)], query: Annotated[OrderQuery, Query()], order: Order
) -> PlacedOrder:
    return PlacedOrder(id=order_id, q=query.q, count=len(order.items), **dict(order))
