"""A request and a reply, for the servers whose routing is their own."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs


@dataclass(slots=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str]  # found whatever their case
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def query(self, key: str) -> str | None:
        values = parse_qs(self.target.partition("?")[2], keep_blank_values=True)
        return values[key][0] if key in values else None

    def cookie(self, key: str) -> str | None:
        cookies = SimpleCookie()
        with suppress(CookieError):
            cookies.load(self.headers.get("cookie", ""))
        return cookies[key].value if key in cookies else None


@dataclass(slots=True)
class Reply:
    text: str
    content_type: str = "text/plain"
    status: HTTPStatus = HTTPStatus.OK
    cookie: str | None = None


class UnreadableError(Exception):
    """Where the request ends is not known: nothing that follows it can be read."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def body_length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise UnreadableError(HTTPStatus.NOT_IMPLEMENTED)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise UnreadableError(HTTPStatus.BAD_REQUEST)
    return int(length)


def failure(status: HTTPStatus) -> Reply:
    return Reply(status.phrase, status=status)


def json_reply(value: Any, cookie: str | None = None) -> Reply:
    return Reply(json.dumps(value), "application/json", cookie=cookie)


def row_reply(row: dict[str, int] | None) -> Reply:
    return failure(HTTPStatus.NOT_FOUND) if row is None else json_reply(row)
