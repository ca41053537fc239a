"""What needs neither database nor other services."""

import time

from flask import Blueprint, Response

from cpu_work import burn, count_primes

blueprint = Blueprint("basics", __name__)


@blueprint.get("/plaintext")
def plaintext() -> Response:
    return text("Hello, World!")


@blueprint.get("/json")
def json() -> dict[str, str]:
    return {"message": "Hello, World!"}


@blueprint.get("/delay/<int:ms>")
def delay(ms: int) -> Response:
    time.sleep(ms / 1000)
    return text(str(ms))


@blueprint.get("/cpu/<int:ms>")
def cpu(ms: int) -> Response:
    burn(ms)
    return text(str(ms))


@blueprint.get("/work")
def work() -> Response:
    return text(str(count_primes()))


def text(body: str) -> Response:
    return Response(body, mimetype="text/plain")
