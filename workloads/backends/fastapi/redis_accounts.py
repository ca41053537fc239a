"""Accounts in SQLite, their sessions in Redis."""

import os

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from redis.asyncio import BlockingConnectionPool, Redis

from schemas import LARGEST_BODY, Credentials
from session_cookie import SESSION_SECONDS, SessionId, new_session
from sqlite_accounts import known_name
from sqlite_database import Database

router = APIRouter()


@router.post("/login", max_body_size=LARGEST_BODY)
async def login(
    given: Credentials, database: Database, request: Request, response: Response
) -> dict[str, str]:
    name = await run_in_threadpool(known_name, database, given)
    session = f"session:{new_session(response)}"
    await request.state.redis.set(session, name, ex=SESSION_SECONDS)
    return {"name": name}


@router.get("/me")
async def me(request: Request, session: SessionId = None) -> dict[str, str]:
    name = await request.state.redis.get(f"session:{session}")
    if name is None:
        raise HTTPException(401)
    return {"name": name.decode()}


def connect(url: str) -> Redis:
    pool = BlockingConnectionPool.from_url(url, max_connections=int(os.environ["POOL"]))
    return Redis(connection_pool=pool)
