import sys
from itertools import repeat

from flask import Blueprint, Response, request

from pieces import PIECE, PIECES

blueprint = Blueprint("bulk", __name__)


@blueprint.get("/download")
def download() -> Response:
    return Response(repeat(PIECE, PIECES), mimetype="application/octet-stream")


@blueprint.post("/upload")
def upload() -> dict[str, int]:
    request.max_content_length = sys.maxsize  # None would stand for the app's limit
    count = 0
    while part := request.stream.read(len(PIECE)):
        count += len(part)
    return {"bytes": count}
