"""The tables, where they are, and what SQLite is told on every connection."""

import os
import sqlite3
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

DATABASE = os.environ["DATABASE"]
IS_POSTGRESQL = DATABASE.startswith("postgresql:")


class Table(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Table)


class World(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


class Fortune(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str]


class Account(db.Model):
    name: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[str]
    password: Mapped[str]


def database_config() -> dict[str, Any]:
    """Of Flask-SQLAlchemy."""
    if not IS_POSTGRESQL:
        return {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{DATABASE}"}
    return {
        "SQLALCHEMY_DATABASE_URI": make_url(DATABASE).set(drivername="postgresql+psycopg"),
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": int(os.environ["POOL"]), "max_overflow": 0},
    }


def begin_writing() -> None:
    """What is read next can be written."""
    if not IS_POSTGRESQL:
        # IMMEDIATE, as SQLite refuses to let a transaction write that has read what is out of date.
        db.session.execute(text("BEGIN IMMEDIATE"))


@event.listens_for(Engine, "connect")
def set_pragmas(connection: Any, entry: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA busy_timeout = 5000")
