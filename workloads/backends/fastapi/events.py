import asyncio
import time
from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from schemas import EventsQuery
from ticks import deadlines

router = APIRouter()


@router.get("/events", response_class=EventSourceResponse)
async def events(query: Annotated[EventsQuery, Query()]) -> AsyncIterable[ServerSentEvent]:
    for number, due in deadlines(query.interval):
        await asyncio.sleep(due - time.monotonic())
        yield ServerSentEvent(id=str(number), raw_data="tick")
