import asyncio
import secrets
import time
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, HTTPException, Response
from sqlalchemy import select

from database import Account, Database, Session
from passwords import is_password
from schemas import LARGEST_BODY, Credentials

SESSION_SECONDS = 14 * 24 * 3600

router = APIRouter()


async def session_name(database: Database, session: Annotated[str | None, Cookie()] = None) -> str:
    """Whose session it is."""
    query = select(Session.name).where(Session.id == session, Session.expires > time.time())
    name = await database.scalar(query)
    if name is None:
        raise HTTPException(401)
    return name


@router.post("/login", max_body_size=LARGEST_BODY)
async def login(given: Credentials, database: Database, response: Response) -> dict[str, str]:
    account = await database.get(Account, given.name)
    if account is None or not await asyncio.to_thread(
        is_password, given.password, account.salt, account.password
    ):
        raise HTTPException(401)
    expires = int(time.time()) + SESSION_SECONDS
    session = Session(id=secrets.token_urlsafe(32), name=account.name, expires=expires)
    database.add(session)
    await database.commit()
    response.set_cookie(
        "session", session.id, max_age=SESSION_SECONDS, httponly=True, samesite="lax"
    )
    return {"name": account.name}


@router.get("/me")
async def me(name: Annotated[str, Depends(session_name)]) -> dict[str, str]:
    return {"name": name}
