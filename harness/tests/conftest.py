"""What tests share: the same examples in every run, servers that end with their test, and
`contend` run in this process or in one of its own."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from anything_goes import ANYTHING_GOES
from contend import cli
from contend.trials.validity import Limits
from fault_server import FaultServer, Script
from hypothesis import settings

# Seeded, and without a limit for one example: a busy machine must not make a test fail.
settings.register_profile("contend", deadline=None, derandomize=True, database=None)
# For scripts/fuzz, which gives each round a seed of its own.
settings.register_profile("fuzz", deadline=None, max_examples=4_000, database=None)
settings.load_profile("contend")

Serve = Callable[..., FaultServer]
# Few connections and no warm-up: what a test counts is all that the server sees.
FEW = ("-c", "4", "--warmup", "0s")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers that run a script for each connection, and ends them after the test."""
    with ExitStack() as servers:

        def start(script: Script, **options: Any) -> FaultServer:
            return servers.enter_context(FaultServer(script, **options))

        yield start


@dataclass(frozen=True)
class Said:
    """What a command ended with."""

    code: int
    out: str
    err: str
    document: Any = None  # of contend load

    @property
    def complaint(self) -> str:
        """Standard error, which is one line."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("contend: "), self.err
        return lines[0]


Contend = Callable[..., Said]


@pytest.fixture
def contend(capsys: pytest.CaptureFixture[str]) -> Contend:
    """A command, run in this process."""

    def run(*arguments: str, limits: Limits | None = None) -> Said:
        capsys.readouterr()
        code = int(cli.run(arguments, limits))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        assert "a bug in contend" not in err
        return Said(code, out, err)

    return run


@pytest.fixture
def load(contend: Contend, tmp_path: Path) -> Contend:
    """`contend load` on a machine that is never too busy, with its document, whose laws hold."""
    file = tmp_path / "result.json"

    def run(url: str, *options: str) -> Said:
        words = ("load", url, *FEW, "--json", str(file), *options)
        said = contend(*words, limits=ANYTHING_GOES)
        document = read_document(file.read_bytes())
        return Said(said.code, said.out, said.err, document)

    return run


def contend_process(*arguments: str, **given: Any) -> subprocess.Popen[str]:
    """The installed command, as people run it, with pipes for its streams unless told otherwise."""
    return _process([str(Path(sys.executable).with_name("contend"))], arguments, given)


def tolerant_process(*arguments: str, **given: Any) -> subprocess.Popen[str]:
    """The same, on a machine that is never too busy."""
    program = Path(__file__).with_name("anything_goes.py")
    return _process([sys.executable, str(program)], arguments, given)


def _process(
    command: list[str], arguments: Sequence[str], given: Mapping[str, Any]
) -> subprocess.Popen[str]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    return subprocess.Popen([*command, *arguments], text=True, **{**streams, **given})


def read_document(text: str | bytes) -> Any:
    """One JSON document without NaN, whose counts obey interface.md's laws."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in the document")

    document = json.loads(text, parse_constant=refuse)
    for part in (document, *document.get("classes", ())):
        check_laws(part["requests"], part["latency"])
    for one in document.get("classes", ()):
        assert re.match(r"[A-Z]+ /", one["name"])
    return document


def check_laws(requests: dict[str, Any], latency: dict[str, Any]) -> None:
    given_up = requests["timeout"] + requests["shed"] + requests["unfinished"]
    assert requests["scheduled"] == requests["ok"] + given_up + sum(requests["failed"].values())
    assert latency["count"] == requests["ok"] + given_up
    assert latency["lower_bounds"] == given_up
