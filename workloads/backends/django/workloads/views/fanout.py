"""Requests to another service, many at once: urllib3 waits, so each has a thread meanwhile."""

import os
from concurrent.futures import ThreadPoolExecutor

import urllib3
from django.http import HttpRequest, HttpResponse, JsonResponse

from validation import read_number
from workloads.validated import validated

CONNECTIONS = 64 // int(os.environ["WORKERS"])

upstream = urllib3.connection_from_url(os.environ["UPSTREAM"], maxsize=CONNECTIONS, block=True)
threads = ThreadPoolExecutor(CONNECTIONS)


@validated
def fanout(request: HttpRequest) -> HttpResponse:
    count = read_number(request.GET.get("n"), 1, 20)
    return JsonResponse({"replies": list(threads.map(ask, ["/delay/5"] * count))})


def ask(path: str) -> str:
    return upstream.request("GET", path).data.decode()
