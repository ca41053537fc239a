from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from workloads.validated import validated
from workloads.views.orders import placed_order


@require_POST
@validated
async def place_order(request: HttpRequest, order_id: str) -> HttpResponse:
    return JsonResponse(placed_order(request, order_id))
