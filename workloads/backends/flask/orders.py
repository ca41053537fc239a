from typing import Any

from flask import Blueprint, request

from schemas import Order, OrderQuery, RowQuery

blueprint = Blueprint("orders", __name__)


@blueprint.post("/orders/<order_id>")
def place_order(order_id: str) -> dict[str, Any]:
    # Not Flask's <int:...>, which takes a wrong number for an unknown path.
    target = RowQuery.model_validate({"id": order_id})
    query = OrderQuery.model_validate(request.args.to_dict())
    order = Order.model_validate_json(request.get_data())
    return {
        **target.model_dump(),
        **query.model_dump(),
        **order.model_dump(),
        "count": len(order.items),
    }
