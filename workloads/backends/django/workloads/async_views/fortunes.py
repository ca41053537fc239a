from django.http import HttpRequest, HttpResponse

from workloads.models import Fortune
from workloads.views.fortunes import rendered


async def fortunes(request: HttpRequest) -> HttpResponse:
    return rendered(request, [fortune async for fortune in Fortune.objects.all()])
