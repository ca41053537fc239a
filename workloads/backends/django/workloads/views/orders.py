from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from validation import read_number, read_order, read_q
from workloads.validated import validated


@require_POST
@validated
def place_order(request: HttpRequest, order_id: str) -> HttpResponse:
    return JsonResponse(placed_order(request, order_id))


def placed_order(request: HttpRequest, order_id: str) -> dict[str, Any]:
    target = {"id": read_number(order_id), "q": read_q(request.GET.get("q"))}
    order = read_order(request.body)
    return {**target, **order, "count": len(order["items"])}
