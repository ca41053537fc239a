from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import aget_object_or_404
from django.views.decorators.http import require_POST

from validation import read_number
from workloads.models import World
from workloads.validated import validated
from workloads.views.world import FIRST_ID, ROWS, STRIDE, update_row


@validated
async def one_row(request: HttpRequest) -> HttpResponse:
    row_id = read_number(request.GET.get("id"))
    row = await aget_object_or_404(World, pk=row_id)
    return JsonResponse(row.as_dict())


@validated
async def many_rows(request: HttpRequest) -> HttpResponse:
    count = read_number(request.GET.get("n"), 1, 500)
    rows = [await World.objects.aget(pk=FIRST_ID + STRIDE * k % ROWS) for k in range(count)]
    return JsonResponse([row.as_dict() for row in rows], safe=False)


@require_POST
@validated
async def update(request: HttpRequest) -> HttpResponse:
    row_id = read_number(request.GET.get("id"))
    row = await sync_to_async(update_row)(row_id)  # Django's transactions are synchronous
    return JsonResponse(row.as_dict())
