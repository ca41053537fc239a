"""What needs neither database nor other services."""

import time

from django.http import HttpRequest, HttpResponse, JsonResponse

from cpu_work import burn, count_primes


def plaintext(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello, World!", content_type="text/plain")


def json(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"message": "Hello, World!"})


def delay(request: HttpRequest, ms: int) -> HttpResponse:
    time.sleep(ms / 1000)
    return HttpResponse(str(ms), content_type="text/plain")


def cpu(request: HttpRequest, ms: int) -> HttpResponse:
    burn(ms)
    return HttpResponse(str(ms), content_type="text/plain")


def work(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(count_primes()), content_type="text/plain")
