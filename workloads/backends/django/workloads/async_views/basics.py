"""What needs neither database nor other services."""

import asyncio

from django.http import HttpRequest, HttpResponse, JsonResponse


async def plaintext(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello, World!", content_type="text/plain")


async def json(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"message": "Hello, World!"})


async def delay(request: HttpRequest, ms: int) -> HttpResponse:
    await asyncio.sleep(ms / 1000)
    return HttpResponse(str(ms), content_type="text/plain")
