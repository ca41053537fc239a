"""The workloads' routes."""

import re
import socket
import sqlite3
import time
from collections.abc import Callable
from http import HTTPStatus

import raw_database
from bulk import download
from cpu_work import burn, count_primes
from events import events
from messages import Reply, Request, failure, json_reply, row_reply
from pages import fortunes_page
from passwords import is_password
from streaming import Stream
from upstream import Upstream
from validation import read_credentials, read_number, read_order, read_q

_MS = re.compile(r"[0-9]{1,5}")


def route(
    request: Request,
    client: socket.socket,
    database: Callable[[], sqlite3.Connection],
    upstream: Upstream,
) -> Reply | Stream:
    """Raises InvalidError when the request breaks a rule of its workload."""
    match request.method, request.path.split("/")[1:]:
        case "GET", ["plaintext"]:
            return Reply("Hello, World!")
        case "GET", ["json"]:
            return json_reply({"message": "Hello, World!"})
        case "GET", ["delay", ms] if _MS.fullmatch(ms):
            time.sleep(int(ms) / 1000)
            return Reply(ms)
        case "GET", ["cpu", ms] if _MS.fullmatch(ms):
            burn(int(ms))
            return Reply(ms)
        case "GET", ["work"]:
            return Reply(str(count_primes()))
        case "POST", ["orders", order_id]:
            target = {"id": read_number(order_id), "q": read_q(request.query("q"))}
            order = read_order(request.body)
            return json_reply({**target, **order, "count": len(order["items"])})
        case "GET", ["fanout"]:
            count = read_number(request.query("n"), 1, 20)
            return json_reply({"replies": upstream.ask(["/delay/5"] * count)})
        case "GET", ["db"]:
            row_id = read_number(request.query("id"))
            return row_reply(raw_database.read_row(database(), row_id))
        case "GET", ["queries"]:
            count = read_number(request.query("n"), 1, 500)
            return json_reply(raw_database.read_rows(database(), count))
        case "POST", ["update"]:
            row_id = read_number(request.query("id"))
            return row_reply(raw_database.update_row(database(), row_id))
        case "GET", ["fortunes"]:
            page = fortunes_page(raw_database.read_fortunes(database()))
            return Reply(page, "text/html; charset=utf-8")
        case "POST", ["login"]:
            return _login(request, database())
        case "GET", ["me"]:
            return _me(request, database())
        case "GET", ["events"]:
            return events(read_number(request.query("interval"), 10, 60_000), client)
        case "GET", ["download"]:
            return download()
    return failure(HTTPStatus.NOT_FOUND)


def _login(request: Request, database: sqlite3.Connection) -> Reply:
    name, password = read_credentials(request.body)
    account = raw_database.find_account(database, name)
    if account is None or not is_password(password, *account):
        return failure(HTTPStatus.UNAUTHORIZED)
    session_id = raw_database.create_session(database, name)
    return json_reply({"name": name}, cookie=raw_database.session_cookie(session_id))


def _me(request: Request, database: sqlite3.Connection) -> Reply:
    name = raw_database.session_name(database, request.cookie("session"))
    return failure(HTTPStatus.UNAUTHORIZED) if name is None else json_reply({"name": name})
