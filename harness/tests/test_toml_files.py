"""Contracts, backends and suites: what is wrong is said with file, key and what is allowed."""

from pathlib import Path

import pytest
from contend.errors import SuiteError
from contend.files import paths
from contend.suites.backend import backend_names, read_backend
from contend.suites.contract import read_contract, workload_names
from contend.suites.suite import find_suite, read_suite, suite_names

WORKLOADS = paths.workloads_dir()
SUITE = """
title = "test"
budget = "1m"
seed = 1
[[grid]]
backends = ["node-http"]
workloads = ["plaintext"]
"""


def suite_error(tmp_path: Path, text: str) -> str:
    path = tmp_path / "suite.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_every_file_of_the_project_reads() -> None:
    for name in workload_names(WORKLOADS):
        read_contract(WORKLOADS, name, WORKLOADS)
    for name in backend_names(WORKLOADS):
        backend = read_backend(WORKLOADS, name, WORKLOADS)
        for workload in workload_names(WORKLOADS):
            # Each pair is either supported or says why not in words of its own.
            assert "doesn't list it" not in (backend.unsupported(workload) or "")
    for name in suite_names(WORKLOADS):
        read_suite(find_suite(WORKLOADS, name))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("durations = '1s'", "unknown key 'durations'; allowed are title, budget, seed"),
        ("starts = 'five'", "starts: Expected `int`, got `str`"),
        ("starts = 0", "starts and rounds must be at least 1"),
        ("duration = '1 parsec'", "'1 parsec' is no duration"),
        ("pacing = 'hop'", "pacing: no 'hop'; there are auto, sleep, spin, busy"),
        ("reference = 'apache'", "reference 'apache' is in no grid's backends"),
    ],
)
def test_a_wrong_key_or_type_is_named(tmp_path: Path, line: str, said: str) -> None:
    assert said.replace("`", "") in suite_error(tmp_path, line + "\n" + SUITE)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rate = [400]", "unknown key 'rate' in grid[1]; allowed are backends, workloads"),
        ("arrivals = 'regular'", "grid[1].arrivals: no 'regular'; there are closed"),
        ("rates = [400]", "closed arrivals have no rates and no busy"),
        ("arrivals = 'poisson'", "poisson arrivals need rates or busy"),
        ("arrivals = 'poisson'\nrates = [-1]", "rates and busy must be above 0"),
        ("arrivals = 'poisson'\nrates = [nan]", "rates and busy must be above 0"),
    ],
)
def test_a_wrong_grid_is_named(tmp_path: Path, line: str, said: str) -> None:
    assert said in suite_error(tmp_path, SUITE + line)


def test_no_toml_and_no_file_are_said_so(tmp_path: Path) -> None:
    assert "no TOML" in suite_error(tmp_path, "title = ")
    with pytest.raises(SuiteError, match="No such file"):
        read_suite(tmp_path / "none.toml")


def test_unknown_names_list_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"workloads: no 'plain'; there are .*plaintext.*try"):
        read_contract(WORKLOADS, "plain", tmp_path / "s.toml")
    with pytest.raises(SuiteError, match=r"backends: no 'node'; there are .*node-http"):
        read_backend(WORKLOADS, "node", tmp_path / "s.toml")
    with pytest.raises(SuiteError, match=r"no 'quik'; there are .*quick.*; try quick"):
        find_suite(WORKLOADS, "quik")


def test_a_backend_with_an_unknown_placeholder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "backends" / "odd"
    folder.mkdir(parents=True)
    (folder / "backend.toml").write_text(
        'title = "Odd"\nlanguage = "C"\nconcurrency = "none"\nstyle = "idiomatic"\n'
        'start = ["{perl}", "server.pl"]\nworkloads = []\n',
        encoding="utf-8",
    )
    with pytest.raises(SuiteError, match=r"unknown placeholder {perl}; try {port}"):
        read_backend(tmp_path, "odd", tmp_path / "s.toml")


WRONG_WORDS = [
    ("method = 'GE T'", "method: 'GE T' is no method"),
    ('method = "GET\\n"', "is no method"),
    ("method = ''", "is no method"),
    ("path = '/a b'", "path: '/a b' is no path"),
    ("path = '/ü'", "path: '/ü' is no path"),
    ('path = "/a\\r\\nX: y"', "is no path"),
    ("path = 'a'", "a path must start with /"),
    ("headers = {'Na me' = 'x'}", "headers: 'Na me' is no name of a header"),
    ("headers = {'Näme' = 'x'}", "headers: 'Näme' is no name of a header"),
    ("headers = {A = 'ü'}", "headers: A: a character that isn't ASCII is in its value"),
    ('headers = {A = "x\\r\\nB: y"}', "headers: A: a control character is in its value"),
    ('headers = {A = "x\\u0000"}', "headers: A: a control character is in its value"),
    ("headers = {Content-Length = '3'}", "headers: Content-Length is set by contend itself"),
    ("headers = {transfer-encoding = 'chunked'}", "transfer-encoding is set by contend itself"),
    ("headers = {Connection = 'upgrade'}", "headers: Connection is set by contend itself"),
]


@pytest.mark.parametrize("kind", ["request", "reject"])
@pytest.mark.parametrize(
    ("line", "said"), [*WRONG_WORDS, ("expect_headers = {'a b' = ''}", "'a b' is no name")]
)
def test_what_would_break_a_request_is_refused(
    tmp_path: Path, kind: str, line: str, said: str
) -> None:
    request = "[[request]]\nclass = 'a'\npath = '/'\n"
    path = "" if line.startswith("path") else "path = '/'\n"
    file = tmp_path / "odd.toml"
    text = f"title = 't'\n{request}[[{kind}]]\nclass = 'b'\n{path}{line}\n"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        read_contract(tmp_path, "odd", tmp_path / "s.toml")
    number = 1 if kind == "request" else 0
    assert str(caught.value).startswith(f"{file}: {kind}[{number}]: ")
    assert said in str(caught.value)


def test_a_contract_may_ask_for_a_connection_each(tmp_path: Path) -> None:
    text = "title = 't'\n[[request]]\nclass = 'a'\npath = '/'\nheaders = {Connection = 'close'}\n"
    (tmp_path / "close.toml").write_text(text, encoding="utf-8")
    assert read_contract(tmp_path, "close", tmp_path / "s.toml").request[0].headers


@pytest.mark.parametrize("ready_path", ["plaintext", "/a b", "/ü"])
def test_a_ready_path_that_is_none_is_refused(tmp_path: Path, ready_path: str) -> None:
    folder = tmp_path / "backends" / "odd"
    folder.mkdir(parents=True)
    (folder / "backend.toml").write_text(
        'title = "Odd"\nlanguage = "C"\nconcurrency = "none"\nstyle = "idiomatic"\n'
        f'start = ["server"]\nworkloads = []\nready_path = "{ready_path}"\n',
        encoding="utf-8",
    )
    with pytest.raises(SuiteError, match="ready_path: "):
        read_backend(tmp_path, "odd", tmp_path / "s.toml")


@pytest.mark.parametrize("weight", ["0", "-1", "inf", "nan"])
def test_a_weight_that_is_no_share_is_refused(tmp_path: Path, weight: str) -> None:
    text = f'title = "t"\n[[request]]\nclass = "a"\npath = "/"\nweight = {weight}\n'
    (tmp_path / "odd.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError, match="a weight must be above 0"):
        read_contract(tmp_path, "odd", tmp_path / "s.toml")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "protocol = 'gopher'",
            "protocol: no 'gopher'; there are chat, event-stream, http1, websocket",
        ),
        ("protocol_options = {rooms = 5}", "http1 has no 'rooms'; there are none"),
        ("protocol = 'chat'\nprotocol_options = {doors = 5}", "has no 'doors'; there are rooms"),
        ("protocol = 'chat'\nprotocol_options = {rooms = -1}", "whole numbers from 0"),
        (
            "protocol = 'websocket'\n[[reject]]\nclass = 'b'\npath = '/'",
            "reject: websocket has no use for it",
        ),
    ],
)
def test_a_protocol_is_one_that_there_is_and_its_options_are_its_own(
    tmp_path: Path, line: str, said: str
) -> None:
    text = f'title = "t"\n{line}\n[[request]]\nclass = "a"\npath = "/"\n'
    (tmp_path / "odd.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError, match=said):
        read_contract(tmp_path, "odd", tmp_path / "s.toml")


def test_a_contract_with_two_classes_of_one_name_is_refused(tmp_path: Path) -> None:
    request = '[[request]]\nclass = "a"\npath = "/"\n'
    (tmp_path / "twice.toml").write_text(f'title = "t"\n{request}{request}', encoding="utf-8")
    with pytest.raises(SuiteError, match="two classes have one name"):
        read_contract(tmp_path, "twice", tmp_path / "s.toml")
