"""Stores other than SQLite: instances of the harness's own, a fresh one for each server."""

from contend.errors import TargetError
from contend.servers.stores.postgresql import POSTGRESQL
from contend.servers.stores.redis import REDIS
from contend.servers.stores.store import Store

REMEDY = "scripts/setup --with-services"

# By the word that a contract has for it.
_STORES = {"postgresql": POSTGRESQL, "redis": REDIS}


def store_of(word: str | None) -> Store | None:
    """None: SQLite, which needs no server."""
    return None if word is None else _STORES[word]


def missing_store(word: str | None) -> str | None:
    """Why this machine can't start it; None when it can."""
    store = store_of(word)
    if store is None or store.program() is not None:
        return None
    return f"{store.title} is missing: needs {REMEDY}"


def check_store(word: str | None) -> None:
    """Raises TargetError when this machine can't start it."""
    if (missing := missing_store(word)) is not None:
        raise TargetError(word or "", missing, REMEDY)
