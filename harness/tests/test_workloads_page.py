"""workloads/README.md has every key, and its example runs."""

import re
from pathlib import Path

import msgspec
import pytest
from conftest import Contend
from contend.files import paths
from contend.machine.cores import Cores
from contend.runs.suite_run import prepare
from contend.servers.runtimes import runtimes
from contend.suites.backend import Backend, Place
from contend.suites.contract import Contract, Exchange
from contend.suites.suite import Grid, Suite

WORKLOADS = paths.workloads_dir()
PAGE = (WORKLOADS / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLE = dict(re.findall(r"^`([\w./-]+)`\n```\w+\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
# Refused by name: what it was of no longer is.
GONE = {"levels"}


@pytest.mark.parametrize(
    ("section", "kinds"),
    [("Suites", (Suite, Grid)), ("Workloads", (Contract, Exchange)), ("Backends", (Backend,))],
)
def test_every_key_has_its_row_and_no_other(
    section: str, kinds: tuple[type[msgspec.Struct], ...]
) -> None:
    heads = re.findall(r"^\| (`.*?) \|", SECTIONS[section], re.MULTILINE)
    named = {word for head in heads for word in re.findall(r"`\[*(\w+)\]*`", head)}
    keys = {field.encode_name for kind in kinds for field in msgspec.structs.fields(kind)}
    assert named == keys - GONE


def test_every_placeholder_has_its_row() -> None:
    heads = re.findall(r"^\| (`{.*?) \|", SECTIONS["Backends"], re.MULTILINE)
    named = {word for head in heads for word in re.findall(r"{(\w+)}", head)}
    assert named == {*Place.WORDS, *runtimes()}


def test_the_example_is_read(tmp_path: Path) -> None:
    for name, text in EXAMPLE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = prepare(WORKLOADS, tmp_path / "my-suite.toml", Cores((0,), (1,)))
    assert found.not_run == ()
    assert set(EXAMPLE) >= {"my-suite.toml", "greeting.toml", "my-server/server.py"}


def test_the_help_of_the_command_names_the_page(contend: Contend) -> None:
    assert "workloads/README.md" in contend("suite", "--help").out
