from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workloads.models import Fortune


def fortunes(request: HttpRequest) -> HttpResponse:
    return rendered(request, Fortune.objects.all())


def rendered(request: HttpRequest, found: Iterable[Fortune]) -> HttpResponse:
    added = Fortune(id=0, message="Additional fortune added at request time.")
    by_message = sorted([*found, added], key=lambda fortune: fortune.message)
    return render(request, "fortunes.html", {"fortunes": by_message})
