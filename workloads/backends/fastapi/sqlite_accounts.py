"""Accounts and their sessions in SQLite."""

import time

from fastapi import APIRouter, HTTPException, Response
from sqlalchemy import select

from passwords import is_password
from schemas import LARGEST_BODY, Credentials
from session_cookie import SESSION_SECONDS, SessionId, new_session
from sqlite_database import Database
from tables import Account, Session

router = APIRouter()


@router.post("/login", max_body_size=LARGEST_BODY)
def login(given: Credentials, database: Database, response: Response) -> dict[str, str]:
    name = known_name(database, given)
    expires = int(time.time()) + SESSION_SECONDS
    database.add(Session(id=new_session(response), name=name, expires=expires))
    database.commit()
    return {"name": name}


@router.get("/me")
def me(database: Database, session: SessionId = None) -> dict[str, str]:
    query = select(Session.name).where(Session.id == session, Session.expires > time.time())
    name = database.scalar(query)
    if name is None:
        raise HTTPException(401)
    return {"name": name}


def known_name(database: Database, given: Credentials) -> str:
    account = database.get(Account, given.name)
    if account is None or not is_password(given.password, account.salt, account.password):
        raise HTTPException(401)
    return account.name
