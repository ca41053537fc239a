"""Suites, contracts and backends made at random: a value, or a SuiteError that names the file."""

import json
from collections.abc import Callable, Iterator
from datetime import date, time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from contend.errors import SuiteError
from contend.files import paths
from contend.suites.backend import Backend, read_backend
from contend.suites.contract import Contract, Exchange, read_contract
from contend.suites.plan import stated_s
from contend.suites.suite import Grid, Suite, read_suite
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Tree = dict[str, Any]

WORKLOADS = paths.workloads_dir()
NAMES = sorted(
    field.encode_name
    for kind in (Suite, Grid, Contract, Exchange, Backend)
    for field in msgspec.structs.fields(kind)
)
# Words and numbers that some key allows, beside those that none does.
WORDS = ("closed", "poisson", "spin", "bytes", "model", "GET", "/", "node-http", "10s", "0ms")
EDGES: tuple[Any, ...] = (
    "",
    "{port}",
    "{perl}",
    "9" * 400 + "s",
    "1e9s",
    "-1s",
    "\x00",
    "٣s",
    "a" * 200,
)
NUMBERS = (0, 1, -1, 2**53, 2**63, 2**64, -(2**63) - 1, 1e308, -0.0, float("inf"), float("nan"))

READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "suite": ("suites/it.toml", lambda top: used_suite(read_suite(top / "suites" / "it.toml"))),
    "contract": ("it.toml", lambda top: read_contract(top, "it", top / "suites" / "s.toml")),
    "backend": (
        "backends/it/backend.toml",
        lambda top: read_backend(top, "it", top / "suites" / "s.toml").unsupported("json"),
    ),
}
REAL = {
    "suite": sorted(WORKLOADS.glob("suites/*.toml")),
    "contract": sorted(path for path in WORKLOADS.glob("*.toml") if path.stem != "claims"),
    "backend": sorted(WORKLOADS.glob("backends/*/backend.toml")),
}


def used_suite(suite: Suite) -> object:
    """What the plan asks of a suite must not fail either."""
    return suite.backends, suite.workloads, stated_s(suite, ()) > suite.budget_s


def toml(value: Any) -> str:
    """A value in TOML, whose strings are JSON's but for the delete character."""
    match value:
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return json.dumps(value).replace("\x7f", "\\u007f")
        case bool():
            return str(value).lower()
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def document(tree: Tree) -> str:
    return "".join(f"{toml(key)} = {toml(value)}\n" for key, value in tree.items())


SCALARS = (
    st.sampled_from((*WORDS, *EDGES, *NUMBERS))
    # TOML is Unicode without surrogates, which JSON would write as two escapes.
    | st.text(st.characters(max_codepoint=0xD7FF), max_size=8)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.datetimes()
    | st.dates()
    | st.times()
)
KEYS = st.sampled_from(NAMES) | st.text(st.characters(max_codepoint=0xD7FF), max_size=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def given_to(reader: str, top: Path, content: bytes) -> None:
    """Reads it, and demands a value or the one error that is meant for it."""
    name, read = READERS[reader]
    file = top / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    try:
        read(top)
    except SuiteError as error:
        assert str(file) in str(error)
        assert "\n" not in str(error)


# One folder serves all examples: each of them writes the file anew.
examples = settings(
    max_examples=max(50, settings().max_examples // 2),  # half of the profile's
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
every_reader = pytest.mark.parametrize("reader", READERS)


@every_reader
@examples
@given(content=st.binary() | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
def test_any_bytes(tmp_path: Path, reader: str, content: bytes) -> None:
    given_to(reader, tmp_path, content)


@every_reader
@examples
@given(tree=st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_toml(tmp_path: Path, reader: str, tree: Tree) -> None:
    given_to(reader, tmp_path, document(tree).encode())


@every_reader
@examples
@given(data=st.data())
def test_a_real_file_with_something_else_in_it(
    tmp_path: Path, reader: str, data: st.DataObject
) -> None:
    """Near what is right: one value replaced or added, anywhere in the tree."""
    tree = msgspec.toml.decode(data.draw(st.sampled_from(REAL[reader])).read_bytes())
    place: Any = tree
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        there = st.sampled_from(keys)
        key = data.draw(there | KEYS if isinstance(place, dict) else there)
        inner = place.get(key) if isinstance(place, dict) else place[key]
        if not inner or not isinstance(inner, dict | list) or data.draw(st.booleans()):
            break
        place = inner
    place[key] = data.draw(VALUES)
    given_to(reader, tmp_path, document(tree).encode())


@every_reader
@examples
@given(data=st.data())
def test_a_real_file_that_is_damaged(tmp_path: Path, reader: str, data: st.DataObject) -> None:
    """Some of it cut out, and something else put there."""
    content = data.draw(st.sampled_from(REAL[reader])).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 20)))
    put = data.draw(st.binary(max_size=8) | st.sampled_from([b'"', b"[", b"]]", b"\n", b"=", b"'"]))
    given_to(reader, tmp_path, content[:start] + put + content[end:])


def leaves(place: Any) -> Iterator[tuple[Any, Any]]:
    """Every dictionary or list with a key or index of it that holds neither."""
    for key in place if isinstance(place, dict) else range(len(place)):
        if isinstance(place[key], dict | list):
            yield from leaves(place[key])
        else:
            yield place, key


@every_reader
def test_each_value_of_a_real_file_at_its_edges(tmp_path: Path, reader: str) -> None:
    tree = msgspec.toml.decode(REAL[reader][0].read_bytes())
    for place, key in leaves(tree):
        before = place[key]
        for edge in (*EDGES, *NUMBERS, [], {}):
            place[key] = edge
            given_to(reader, tmp_path, document(tree).encode())
        place[key] = before


@every_reader
@pytest.mark.parametrize(
    "text",
    [
        "title = " + "[" * 100_000,
        "title = " + "{a=" * 100_000,
        "a." * 2_000 + "a = 1",
        "seed = " + "9" * 5000,
        "seed = 0x" + "f" * 5000,
        "title = " + "9" * 400 + ".0e999",
    ],
    ids=["arrays", "tables", "dotted", "digits", "hex", "huge"],
)
def test_what_is_too_deep_or_too_long(tmp_path: Path, reader: str, text: str) -> None:
    given_to(reader, tmp_path, text.encode())
