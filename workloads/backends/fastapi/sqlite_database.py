"""SQLite by plain functions, which FastAPI runs in threads: its documentation's way for databases
that make who asks wait.
"""

import os
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

engine = create_engine(
    f"sqlite:///{os.environ['DATABASE']}", connect_args={"check_same_thread": False}
)


@event.listens_for(engine, "connect")
def set_pragmas(connection: Any, entry: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.close()


def get_session() -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


Database = Annotated[Session, Depends(get_session)]
