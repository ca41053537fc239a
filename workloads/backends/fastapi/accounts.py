import asyncio
import secrets
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, HTTPException, Response

from database import Account, Database
from passwords import is_password
from schemas import LARGEST_BODY, Credentials
from sessions import Sessions

SESSION_SECONDS = 14 * 24 * 3600

router = APIRouter()


async def session_name(sessions: Sessions, session: Annotated[str | None, Cookie()] = None) -> str:
    """Whose session it is."""
    name = await sessions.name(session)
    if name is None:
        raise HTTPException(401)
    return name


@router.post("/login", max_body_size=LARGEST_BODY)
async def login(
    given: Credentials, database: Database, sessions: Sessions, response: Response
) -> dict[str, str]:
    account = await database.get(Account, given.name)
    if account is None or not await asyncio.to_thread(
        is_password, given.password, account.salt, account.password
    ):
        raise HTTPException(401)
    session_id = secrets.token_urlsafe(32)
    await sessions.add(session_id, account.name, SESSION_SECONDS)
    response.set_cookie(
        "session", session_id, max_age=SESSION_SECONDS, httponly=True, samesite="lax"
    )
    return {"name": account.name}


@router.get("/me")
async def me(name: Annotated[str, Depends(session_name)]) -> dict[str, str]:
    return {"name": name}
