"""The database that a server is started with."""

import hashlib
import sqlite3
from pathlib import Path

import pytest
from contend import database


@pytest.fixture
def connection(tmp_path: Path) -> sqlite3.Connection:
    path = tmp_path / "contend.sqlite"
    database.create(path)
    return sqlite3.connect(path)


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


def test_an_update_writes_although_the_row_stays_as_it_is(connection: sqlite3.Connection) -> None:
    other = sqlite3.connect(connection.execute("PRAGMA database_list").fetchone()[2])
    (before,) = other.execute("PRAGMA data_version").fetchone()
    connection.execute("UPDATE world SET number = 100007 WHERE id = 100007")
    connection.commit()
    (after,) = other.execute("PRAGMA data_version").fetchone()
    assert after != before
    changes = connection.execute("SELECT sum(updates) FROM change").fetchone()
    assert changes == (1,)
