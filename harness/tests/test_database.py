"""The database that a server is started with."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from contend.servers import database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "contend.sqlite"
    database.create(path)
    return path


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def test_its_rows_are_those_that_the_contracts_know(connection: sqlite3.Connection) -> None:
    (rows,) = connection.execute("SELECT count(*) FROM world WHERE id = number").fetchone()
    assert rows == database.ROWS
    first, last = connection.execute("SELECT min(id), max(id) FROM world").fetchone()
    assert (first, last) == (100_000, 109_999)  # {id}
    (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
    assert journal == "wal"


def test_its_account_has_the_password_of_the_contract(connection: sqlite3.Connection) -> None:
    name, salt, password = connection.execute("SELECT * FROM account").fetchone()
    right = b"correct horse battery staple"
    digest = hashlib.pbkdf2_hmac("sha256", right, bytes.fromhex(salt), database.PASSWORD_ROUNDS)
    assert (name, password) == ("ada", digest.hex())


def test_an_update_writes_although_the_row_stays_as_it_is(
    path: Path, connection: sqlite3.Connection
) -> None:
    with closing(sqlite3.connect(path)) as other:
        (before,) = other.execute("PRAGMA data_version").fetchone()
        connection.execute("UPDATE world SET number = 100007 WHERE id = 100007")
        connection.commit()
        (after,) = other.execute("PRAGMA data_version").fetchone()
    assert after != before
    changes = connection.execute("SELECT sum(updates) FROM change").fetchone()
    assert changes == (1,)
