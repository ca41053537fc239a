"""A session's name, and the cookie that it is known by."""

import secrets
from typing import Annotated

from fastapi import Cookie, Response

SESSION_SECONDS = 14 * 24 * 3600

SessionId = Annotated[str | None, Cookie(alias="session")]


def new_session(response: Response) -> str:
    session_id = secrets.token_urlsafe(32)
    response.set_cookie(
        "session", session_id, max_age=SESSION_SECONDS, httponly=True, samesite="lax"
    )
    return session_id
