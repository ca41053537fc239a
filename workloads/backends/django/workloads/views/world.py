from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from validation import read_number
from workloads.models import World
from workloads.validated import validated

FIRST_ID, ROWS, STRIDE = 100_000, 10_000, 500


@validated
def one_row(request: HttpRequest) -> HttpResponse:
    row_id = read_number(request.GET.get("id"))
    return JsonResponse(get_object_or_404(World, pk=row_id).as_dict())


@validated
def many_rows(request: HttpRequest) -> HttpResponse:
    count = read_number(request.GET.get("n"), 1, 500)
    rows = [World.objects.get(pk=FIRST_ID + STRIDE * k % ROWS) for k in range(count)]
    return JsonResponse([row.as_dict() for row in rows], safe=False)


@require_POST
@validated
def update(request: HttpRequest) -> HttpResponse:
    row_id = read_number(request.GET.get("id"))
    return JsonResponse(update_row(row_id).as_dict())


@transaction.atomic
def update_row(row_id: int) -> World:
    # SQLite has one lock, for all of its rows: there Django leaves this one out.
    row = get_object_or_404(World.objects.select_for_update(), pk=row_id)
    row.number = row_id
    row.save(update_fields=["number"])
    return row
