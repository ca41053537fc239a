"""What needs neither database nor other services."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from cpu_work import burn, count_primes

router = APIRouter()


@router.get("/plaintext", response_class=PlainTextResponse)
async def plaintext() -> str:
    return "Hello, World!"


@router.get("/json")
async def json() -> dict[str, str]:
    return {"message": "Hello, World!"}


@router.get("/delay/{ms:int}", response_class=PlainTextResponse)
async def delay(ms: int) -> str:
    await asyncio.sleep(ms / 1000)
    return str(ms)


# FastAPI runs a plain `def` in a thread: its documentation's way for what would block the loop.
@router.get("/cpu/{ms:int}", response_class=PlainTextResponse)
def cpu(ms: int) -> str:
    burn(ms)
    return str(ms)


@router.get("/work", response_class=PlainTextResponse)
def work() -> str:
    return str(count_primes())
