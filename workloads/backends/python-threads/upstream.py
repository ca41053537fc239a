"""Requests to another service, many at once: http.client waits, so each has a thread meanwhile."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

CONNECTIONS = 64


class Upstream:
    """Kept-alive connections, one for each thread of a pool. Its methods are thread-safe."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._threads = ThreadPoolExecutor(CONNECTIONS)
        self._local = threading.local()

    def ask(self, paths: Iterable[str]) -> list[str]:
        return list(self._threads.map(self._get, paths))

    def _get(self, path: str) -> str:
        if not hasattr(self._local, "connection"):
            self._local.connection = HTTPConnection(self._address)
        connection: HTTPConnection = self._local.connection
        try:
            return _exchange(connection, path)
        except (OSError, HTTPException):
            connection.close()  # it may have been closed while idle: http.client opens a new one
            return _exchange(connection, path)


def _exchange(connection: HTTPConnection, path: str) -> str:
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read().decode()
    if response.status != 200:
        raise RuntimeError(f"{path} was answered with {response.status}")
    return text
