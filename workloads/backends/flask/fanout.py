"""Requests to another service, many at once: urllib3 waits, so each has a thread meanwhile."""

import os
from concurrent.futures import ThreadPoolExecutor

import urllib3
from flask import Blueprint, request

from schemas import FanoutQuery

CONNECTIONS = 64 // int(os.environ["WORKERS"])

blueprint = Blueprint("fanout", __name__)
upstream = urllib3.connection_from_url(os.environ["UPSTREAM"], maxsize=CONNECTIONS, block=True)
threads = ThreadPoolExecutor(CONNECTIONS)


@blueprint.get("/fanout")
def fanout() -> dict[str, list[str]]:
    query = FanoutQuery.model_validate(request.args.to_dict())
    return {"replies": list(threads.map(ask, ["/delay/5"] * query.n))}


def ask(path: str) -> str:
    return upstream.request("GET", path).data.decode()
