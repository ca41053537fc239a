from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from passwords import is_password
from validation import read_credentials
from workloads.models import Account
from workloads.validated import validated


@require_POST
@validated
def login(request: HttpRequest) -> HttpResponse:
    name, password = read_credentials(request.body)
    account = Account.objects.filter(pk=name).first()
    if account is None or not is_password(password, account.salt, account.password):
        return HttpResponse(status=401)
    request.session.flush()  # no session of before goes on
    request.session["name"] = name
    return JsonResponse({"name": name})


def me(request: HttpRequest) -> HttpResponse:
    name = request.session.get("name")
    return HttpResponse(status=401) if name is None else JsonResponse({"name": name})
