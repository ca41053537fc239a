from collections.abc import AsyncIterator

from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_POST

from pieces import PIECE, PIECES


async def download(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(pieces(), content_type="application/octet-stream")


async def pieces() -> AsyncIterator[bytes]:
    for _ in range(PIECES):
        yield PIECE


# Not asynchronous: by now Django has written the body to a file, in which a thread may read.
@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    count = 0
    while part := request.read(len(PIECE)):
        count += len(part)
    return JsonResponse({"bytes": count})
