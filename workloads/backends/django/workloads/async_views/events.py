from django.http import HttpRequest, StreamingHttpResponse

from ticks import ticks
from validation import read_number
from workloads.validated import validated


@validated
async def events(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        ticks(read_number(request.GET.get("interval"), 10, 60_000)),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-cache"},
    )
