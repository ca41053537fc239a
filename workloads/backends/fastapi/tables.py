"""The tables, of either database."""

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Table(DeclarativeBase):
    pass


class World(Table):
    __tablename__ = "world"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


class Fortune(Table):
    __tablename__ = "fortune"

    id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str]


class Account(Table):
    __tablename__ = "account"

    name: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[str]
    password: Mapped[str]


class Session(Table):
    __tablename__ = "session"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    expires: Mapped[int]
