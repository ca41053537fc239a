"""One language on both ends: the page of `orders`, and the servers that load its rules file."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browsers import launched
from contend.files import paths
from contend.inventory.rules import count_rules
from contend.machine.ports import HOST
from contend.servers.conformance import asker
from contend.servers.target import start
from contend.suites.backend import read_backend
from contend.suites.contract import read_contract

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WORKLOADS = paths.workloads_dir()
PAGE = WORKLOADS / "page"
ORDERS = read_contract(WORKLOADS, "orders", WORKLOADS)
REJECTS = {one.name: one for one in ORDERS.reject}
VALID = ORDERS.request[0].body.replace("{n}", "123")
SERVERS = ("node-http", "express", "fastify")  # those that load the page's rules

Errors = list[dict[str, str]]

FIELDS = {
    "q": "priority",
    "number": "123",
    "customer": "Ada Lovelace",
    "email": "ada@example.com",
    "items.0.sku": "AB-1000",
    "items.0.quantity": "1",
    "items.0.price_cents": "1995",
    "note": "Short.",
}


def node(*arguments: str) -> Any:
    """What a program of Node.js prints, which is JSON."""
    program = paths.node()
    assert program is not None, "node is missing: try scripts/setup"
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def servers_python() -> Path:
    """With pydantic, and outside of any root."""
    root = paths.checkout_root()
    assert root is not None
    return root / ".venv-servers" / "bin" / "python"


def rules_of(schema: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    """Without words for people, in one spelling."""
    if "$ref" in schema:
        return rules_of(named[schema["$ref"].rpartition("/")[2]], named)
    rules = {
        key: one for key, one in schema.items() if key not in {"title", "description", "$defs"}
    }
    if "properties" in rules:
        inner = rules["properties"].items()
        rules["properties"] = {name: rules_of(one, named) for name, one in inner}
    if "items" in rules:
        rules["items"] = rules_of(rules["items"], named)
    if "pattern" in rules:
        rules["pattern"] = rules["pattern"].replace("[0-9]", r"\d")
    return rules


def q_of(path: str) -> str:
    return parse_qs(urlsplit(path).query).get("q", [""])[0]


@pytest.fixture(scope="module")
def said() -> dict[str, Errors]:
    """By reject, what the rules file says of it."""
    asked = [[one.body, q_of(one.path)] for one in REJECTS.values()]
    script = (
        f"import {{ orderTextErrors }} from {json.dumps((PAGE / 'order_rules.mjs').as_uri())};"
        f"console.log(JSON.stringify({json.dumps(asked)}.map((one) => orderTextErrors(...one))))"
    )
    return dict(zip(REJECTS, node("--input-type=module", "--eval", script), strict=True))


@pytest.fixture(scope="module")
def validated() -> dict[str, Any]:
    """What order_validators.mjs prints."""
    found: dict[str, Any] = node(str(Path(__file__).with_name("order_validators.mjs")))
    return found


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """Of the servers, each started once."""
    core = min(os.sched_getaffinity(0))
    with ExitStack() as stack:
        found = {}
        for name in SERVERS:
            backend = read_backend(WORKLOADS, name, WORKLOADS)
            started = start(backend, WORKLOADS / "backends" / name, (core,))
            found[name] = stack.enter_context(started).port
        yield found


@pytest.fixture(scope="module")
def site(ports: dict[str, int]) -> Iterator[str]:
    """Where the page is served, with the servers behind it."""
    program = paths.node()
    assert program is not None
    servers = [f"--server={name}=http://{HOST}:{port}" for name, port in ports.items()]
    python = f"--python={servers_python()}"
    command = [str(program), str(PAGE / "serve.mjs"), "--port=0", python, *servers]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout is not None
            yield served.stdout.readline().strip()
        finally:
            served.terminate()


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    yield from launched()


@pytest.fixture
def page(browser: "Browser", site: str) -> "Iterator[Page]":
    """A fresh one, that must not complain."""
    complaints: list[str] = []
    page = browser.new_page()
    page.set_default_timeout(5_000)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert complaints == []


def visit(page: "Page", site: str, query: str = "") -> None:
    page.goto(f"{site}?{query}")
    page.locator(".row").wait_for()


def fill(page: "Page", **changed: str) -> None:
    for field, text in (FIELDS | changed).items():
        page.locator(f'[id="{field}"]').fill(text)


def paste(page: "Page", text: str, q: str) -> None:
    page.get_by_label("Paste it as JSON").check()
    page.locator("#order").fill(text)
    page.locator("#q").fill(q)


def place(page: "Page") -> None:
    page.get_by_role("button", name="Place the order").click()


def summary(page: "Page") -> Errors:
    """The errors that it shows."""
    lines = page.locator("#summary li")
    shown = lines.evaluate_all("all => all.map(one => [one.dataset.field, one.textContent])")
    return [{"field": field, "words": text.split(": ", 1)[1]} for field, text in shown]


def fields(errors: Sequence[dict[str, str]]) -> list[str]:
    return [one["field"] for one in errors]


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_refuses_in_the_words_of_the_page(
    server: str, ports: dict[str, int], said: dict[str, Errors]
) -> None:
    ask = asker(HOST, ports[server], 5.0)
    for name, reject in REJECTS.items():
        answer = ask(reject)
        assert answer.status == reject.expect_status, name
        assert said[name] and json.loads(answer.body) == {"errors": said[name]}, name


def test_three_validators_that_are_made_of_one_schema_agree(validated: dict[str, Any]) -> None:
    assert validated["differing"] == []
    assert 0 < validated["refused"] < validated["orders"]


def test_the_rules_that_stand_twice_are_the_same_and_counted(validated: dict[str, Any]) -> None:
    made = subprocess.check_output([servers_python(), PAGE / "made_schemas.py"])
    twice = json.loads(made)
    assert twice["largest"] == 4096
    for name, schema in validated["rules"].items():
        assert rules_of(twice[name], twice[name].get("$defs", {})) == rules_of(schema, {})
    assert validated["count"] == count_rules(PAGE / "order_rules.mjs") == 31


def test_the_page_refuses_all_that_servers_refuse_in_the_same_words(
    page: "Page", site: str, said: dict[str, Errors]
) -> None:
    visit(page, site, "server=/node-http/")
    for name, reject in REJECTS.items():
        paste(page, reject.body, q_of(reject.path))
        place(page)
        assert summary(page) == said[name], name
        assert page.locator("#result").text_content() == "", name


@pytest.mark.parametrize("server", SERVERS)
def test_a_valid_order_is_sent_and_placed(page: "Page", site: str, server: str) -> None:
    visit(page, site, f"server=/{server}/")
    paste(page, VALID, "priority")
    place(page)
    reply = page.locator("#reply")
    reply.wait_for()
    assert page.locator("#result").text_content() == "Placed. The server replied:"
    expected = (ORDERS.request[0].expect_body or "").replace("{n}", "123")
    text = reply.text_content() or ""
    assert json.loads(text) == json.loads(expected.replace("{id}", "100000"))


def test_each_error_of_the_form_stands_beside_its_field(page: "Page", site: str) -> None:
    visit(page, site)
    wrong = {
        "q": "",
        "number": "twelve",
        "customer": "",
        "email": "ada",
        "items.0.sku": "AB-12345",
        "items.0.quantity": "two",
        "items.0.price_cents": "0.5",
        "note": "x" * 1001,
    }
    fill(page, **wrong)
    place(page)
    shown = summary(page)
    assert sorted(fields(shown)) == sorted(wrong)
    for error in shown:
        field = page.locator(f'[id="{error["field"]}"]')
        assert field.get_attribute("aria-invalid") == "true"
        assert f"{error['field']}-error" in (field.get_attribute("aria-describedby") or "").split()
        assert page.locator(f'[id="{error["field"]}-error"]').text_content() == error["words"]
    fill(page)  # what is mended is so at once
    assert summary(page) == [] and page.locator("[aria-invalid]").count() == 0
    place(page)
    assert "Valid." in (page.locator("#result").text_content() or "")
    page.get_by_role("button", name="Remove item 1").click()
    place(page)
    assert fields(summary(page)) == ["items"]


def test_the_keyboard_is_enough(page: "Page", site: str) -> None:
    visit(page, site, "server=/fastify/")
    keys = page.keyboard

    def focused() -> str:
        return str(page.evaluate("document.activeElement.id || document.activeElement.className"))

    def go_to(wanted: str) -> None:
        for _ in range(30):
            if focused() == wanted:
                return
            keys.press("Tab")
        raise AssertionError(f"Tab leads nowhere near {wanted}")

    page.locator("#q").focus()
    for field, text in (FIELDS | {"customer": ""}).items():
        go_to(field)
        keys.type(text)
    keys.press("Shift+Tab")
    assert focused() == "add"
    keys.press("Enter")
    assert focused() == "items.1.sku"
    keys.type("AB-1007")
    keys.press("Enter")  # sends the form, as in any field of one line
    assert focused() == "summary"
    assert fields(summary(page)) == ["customer", "items.1.quantity", "items.1.price_cents"]
    keys.press("Tab")
    keys.press("Enter")
    assert focused() == "customer"
    keys.type("Ada")
    go_to("items.1.sku")
    for _ in range(3):
        keys.press("Tab")
    keys.press("Enter")  # removes the second item
    assert focused() == "remove" and page.locator(".row").count() == 1
    go_to("note")
    keys.press("Tab")
    keys.press("Enter")
    page.locator("#reply").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_follows_the_scheme(browser: "Browser", site: str, scheme: Any) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
    visit(page, site)
    place(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
    assert (int(red) < 128) == (scheme == "dark")
    page.close()


def test_a_python_servers_rules_can_be_made_for_the_page(
    page: "Page", site: str, said: dict[str, Errors]
) -> None:
    """The counter-cell: at the price of a schema that is made and a package."""
    visit(page, site, "rules=python")
    for name, reject in REJECTS.items():
        paste(page, reject.body, q_of(reject.path))
        place(page)
        assert fields(summary(page)) == fields(said[name]), name
    paste(page, VALID, "priority")
    place(page)
    assert "Valid." in (page.locator("#result").text_content() or "")
