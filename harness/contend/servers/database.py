"""The SQLite file that a server is started with: the same rows for every backend, and every store.

Its journal is a write-ahead log, which the file remembers; what a connection has to set for itself
(PRAGMA synchronous = NORMAL) is each server's own.
"""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

FIRST_ID, ROWS = 100_000, 10_000
PASSWORD_ROUNDS = 10_000

FORTUNES = (
    "A queue is a promise to somebody who cannot see you.",
    "The fastest request is the one that nobody sends.",
    "Measure twice, cache once.",
    "There are two hard things: naming, invalidation, and off by one.",
    "Every lock is a small meeting.",
    "A thread in time saves nothing if it holds the lock.",
    "Percentiles don't add up.",
    '<script>alert("A fortune must be escaped.");</script>',
    "Averages hide & tails tell.",
    "Latency is somebody's time.",
    "待ち行列は正直である",
    "Backpressure is kindness, said early.",
)
_ACCOUNT = ("ada", "correct horse battery staple")
_SALT = bytes(range(16))

_SCHEMA = """
CREATE TABLE world (id INTEGER PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE fortune (id INTEGER PRIMARY KEY, message TEXT NOT NULL);
CREATE TABLE account (name TEXT PRIMARY KEY, salt TEXT NOT NULL, password TEXT NOT NULL);
CREATE TABLE session (id TEXT PRIMARY KEY, name TEXT NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE change (id INTEGER PRIMARY KEY, updates INTEGER NOT NULL);
-- A row is set to what it is, so that its answer is known; SQLite would write nothing for that.
CREATE TRIGGER count_change AFTER UPDATE ON world
BEGIN UPDATE change SET updates = updates + 1 WHERE id = new.id; END;
"""


def create(path: Path) -> None:
    """REQUIRES: there is no file at `path`."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
        ids = range(FIRST_ID, FIRST_ID + ROWS)
        connection.executemany("INSERT INTO world VALUES (?, ?)", ((one, one) for one in ids))
        connection.executemany("INSERT INTO change VALUES (?, 0)", ((one,) for one in ids))
        connection.executemany("INSERT INTO fortune VALUES (?, ?)", enumerate(FORTUNES, start=1))
        connection.execute("INSERT INTO account VALUES (?, ?, ?)", account())
        connection.commit()


def account() -> tuple[str, str, str]:
    """A row: name, salt and digest of the password."""
    name, password = _ACCOUNT
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), _SALT, PASSWORD_ROUNDS)
    return name, _SALT.hex(), digest.hex()
