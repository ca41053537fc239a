"""The command line as a whole: its help, its table of commands, its exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from contend import cli

CONTEND = str(Path(sys.executable).with_name("contend"))


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], *([name, "--help"] for name in cli.COMMANDS)]
)
def test_help_is_no_error_also_when_its_reader_has_gone(arguments: list[str]) -> None:
    with subprocess.Popen([CONTEND, *arguments], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=60) == 0


def test_a_reader_that_goes_before_the_end_is_no_success() -> None:
    """What the first line says, where the server listens, is what is waited for."""
    with subprocess.Popen(
        [CONTEND, "serve", "null", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.wait(timeout=60) == 2
        said = process.stderr.read().decode()
    assert said.startswith("contend: output: its reader went before the end") and "; try " in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("closed", "name"), [(">&-", "standard output"), ("2>&-", "standard error")]
)
def test_a_stream_that_is_closed_is_refused(closed: str, name: str) -> None:
    """A run's own file would get its number."""
    done = subprocess.run(["sh", "-c", f"exec {CONTEND} doctor {closed}"], capture_output=True)
    assert done.returncode == 2
    if name == "standard output":
        assert done.stderr == b"contend: standard output: it is closed; try /dev/null for it\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 0
    said = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert f" {name} " in said


def test_help_says_of_each_command_what_its_own_help_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert cli.run(["--help"]) == 0
    rows = [line.strip("│ ") for line in capsys.readouterr().out.splitlines()]
    for name in cli.COMMANDS:
        (row,) = (one for one in rows if one.split(" ")[0] == name)
        assert cli.run([name, "--help"]) == 0
        own = capsys.readouterr().out
        summary = row.removeprefix(name).strip()
        assert len(summary.split()) >= 3, row
        assert summary in own, name


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from contend import cli; cli.run(['--help']);"
        "files = {f'contend.cli.{name}' for name in cli.COMMANDS} | {'numpy', 'contend._engine'};"
        "sys.exit(bool(files & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_an_unknown_command_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["suit"]) == 2
    assert capsys.readouterr().err == (
        "contend: usage: No such command 'suit'. Did you mean 'suite'?; try contend --help\n"
    )


@pytest.mark.parametrize(
    ("command", "left_out"), [("serve", ("numpy", "scipy", "altair")), ("load", ("altair",))]
)
def test_a_command_brings_only_what_it_needs(command: str, left_out: tuple[str, ...]) -> None:
    code = (
        f"import sys; from contend import cli; cli.run(['{command}', '--help']);"
        f"sys.exit(any(name in sys.modules for name in {left_out!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == 0
