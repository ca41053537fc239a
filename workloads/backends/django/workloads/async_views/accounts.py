import asyncio

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from passwords import is_password
from validation import read_credentials
from workloads.models import Account
from workloads.validated import validated


@require_POST
@validated
async def login(request: HttpRequest) -> HttpResponse:
    name, password = read_credentials(request.body)
    account = await Account.objects.filter(pk=name).afirst()
    if account is None or not await asyncio.to_thread(
        is_password, password, account.salt, account.password
    ):
        return HttpResponse(status=401)
    await request.session.aflush()  # no session of before goes on
    await request.session.aset("name", name)
    return JsonResponse({"name": name})


async def me(request: HttpRequest) -> HttpResponse:
    name = await request.session.aget("name")
    return HttpResponse(status=401) if name is None else JsonResponse({"name": name})
