"""The workloads' SQL on the standard library's sqlite3, for the servers that use it raw."""

import secrets
import sqlite3
import time

FIRST_ID, ROWS, STRIDE = 100_000, 10_000, 500
SESSION_SECONDS = 14 * 24 * 3600


def connect(path: str) -> sqlite3.Connection:
    # Without an isolation level the module begins no transactions of its own.
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection


def read_row(connection: sqlite3.Connection, row_id: int) -> dict[str, int] | None:
    found = connection.execute("SELECT id, number FROM world WHERE id = ?", (row_id,)).fetchone()
    return found and {"id": found[0], "number": found[1]}


def read_rows(connection: sqlite3.Connection, count: int) -> list[dict[str, int] | None]:
    return [read_row(connection, FIRST_ID + STRIDE * k % ROWS) for k in range(count)]


def update_row(connection: sqlite3.Connection, row_id: int) -> dict[str, int] | None:
    # IMMEDIATE, as SQLite refuses to let a transaction write that has read what is out of date.
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if (row := read_row(connection, row_id)) is not None:
            row["number"] = row_id
            connection.execute("UPDATE world SET number = :number WHERE id = :id", row)
    return row


def read_fortunes(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    return connection.execute("SELECT id, message FROM fortune").fetchall()


def find_account(connection: sqlite3.Connection, name: str) -> tuple[str, str] | None:
    """Salt and digest of its password."""
    found = connection.execute("SELECT salt, password FROM account WHERE name = ?", (name,))
    return found.fetchone()


def create_session(connection: sqlite3.Connection, name: str) -> str:
    session_id = secrets.token_urlsafe(32)
    expires = int(time.time()) + SESSION_SECONDS
    connection.execute("INSERT INTO session VALUES (?, ?, ?)", (session_id, name, expires))
    return session_id


def session_cookie(session_id: str) -> str:
    return f"session={session_id}; HttpOnly; Max-Age={SESSION_SECONDS}; Path=/; SameSite=Lax"


def session_name(connection: sqlite3.Connection, session_id: str | None) -> str | None:
    found = connection.execute(
        "SELECT name FROM session WHERE id = ? AND expires > ?", (session_id, time.time())
    )
    row = found.fetchone()
    return row and row[0]
