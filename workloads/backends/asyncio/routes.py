"""The workloads' routes."""

import asyncio
import re
from http import HTTPStatus

import raw_database
from bulk import download
from cpu import Cpu
from database import Database
from events import events
from messages import Reply, Request, failure, json_reply, row_reply
from pages import fortunes_page
from passwords import is_password
from streaming import Stream
from upstream import Upstream
from validation import read_credentials, read_number, read_order, read_q

_MS = re.compile(r"[0-9]{1,5}")


async def route(
    request: Request, database: Database, upstream: Upstream, cpu: Cpu
) -> Reply | Stream:
    """Raises InvalidError when the request breaks a rule of its workload."""
    match request.method, request.path.split("/")[1:]:
        case "GET", ["plaintext"]:
            return Reply("Hello, World!")
        case "GET", ["json"]:
            return json_reply({"message": "Hello, World!"})
        case "GET", ["delay", ms] if _MS.fullmatch(ms):
            await asyncio.sleep(int(ms) / 1000)
            return Reply(ms)
        case "GET", ["cpu", ms] if _MS.fullmatch(ms):
            await cpu.burn(int(ms))
            return Reply(ms)
        case "GET", ["work"]:
            return Reply(str(await cpu.count_primes()))
        case "POST", ["orders", order_id]:
            target = {"id": read_number(order_id), "q": read_q(request.query("q"))}
            order = read_order(request.body)
            return json_reply({**target, **order, "count": len(order["items"])})
        case "GET", ["fanout"]:
            count = read_number(request.query("n"), 1, 20)
            return json_reply({"replies": await upstream.ask(["/delay/5"] * count)})
        case "GET", ["db"]:
            row_id = read_number(request.query("id"))
            return row_reply(await database.run(raw_database.read_row, row_id))
        case "GET", ["queries"]:
            count = read_number(request.query("n"), 1, 500)
            return json_reply(await database.run(raw_database.read_rows, count))
        case "POST", ["update"]:
            row_id = read_number(request.query("id"))
            return row_reply(await database.run(raw_database.update_row, row_id))
        case "GET", ["fortunes"]:
            page = fortunes_page(await database.run(raw_database.read_fortunes))
            return Reply(page, "text/html; charset=utf-8")
        case "POST", ["login"]:
            return await _login(request, database)
        case "GET", ["me"]:
            return await _me(request, database)
        case "GET", ["events"]:
            return events(read_number(request.query("interval"), 10, 60_000))
        case "GET", ["download"]:
            return download()
    return failure(HTTPStatus.NOT_FOUND)


async def _login(request: Request, database: Database) -> Reply:
    name, password = read_credentials(request.body)
    account = await database.run(raw_database.find_account, name)
    if account is None or not await asyncio.to_thread(is_password, password, *account):
        return failure(HTTPStatus.UNAUTHORIZED)
    session_id = await database.run(raw_database.create_session, name)
    return json_reply({"name": name}, cookie=raw_database.session_cookie(session_id))


async def _me(request: Request, database: Database) -> Reply:
    name = await database.run(raw_database.session_name, request.cookie("session"))
    return failure(HTTPStatus.UNAUTHORIZED) if name is None else json_reply({"name": name})
