"""The tables, and what SQLite is told on every connection."""

import sqlite3

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry


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


@event.listens_for(Engine, "connect")
def set_pragmas(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 5000")
