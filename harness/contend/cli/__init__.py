"""The command line: the only place that prints or exits.

Each command is a file of this folder and a line of the table below; `main` turns every error into
one line on standard error and an exit code (interface.md), never a traceback.
"""

import ast
import io
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from contend.cli.output import LineConsole, silence
from contend.errors import ContendError, ExitCode

if TYPE_CHECKING:
    from contend.trials.validity import Limits

# Each is a function of the file of its name.
COMMANDS = (
    *("load", "serve", "suite", "tables", "report", "compare", "gate", "history", "init", "query"),
    *("advise", "certify", "doctor"),
)


def build_app(wanted: str) -> typer.Typer:
    """With the wanted command alone, where there is one: the others' imports take a second and
    80 MiB, which a load generator or a reference server must not carry. Else with what their files
    say of all of them.
    """
    app = typer.Typer(
        name="contend",
        help="Measures how servers behave under concurrency: event loops against threads.",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_contend)
    if wanted in COMMANDS:
        command = getattr(import_module(f"contend.cli.{wanted}"), wanted)
        app.command(no_args_is_help=False)(_plain(command))
        return app
    for name in COMMANDS:
        app.command(name, help=_docstring(name))(_nothing)
    return app


def _docstring(command: str) -> str:
    """Of a command's function, without importing its file."""
    tree = ast.parse(Path(__file__).with_name(f"{command}.py").read_text(encoding="utf-8"))
    functions = (one for one in tree.body if isinstance(one, ast.FunctionDef))
    return next(ast.get_docstring(one) or "" for one in functions if one.name == command)


def _plain(command: Callable[..., None]) -> Callable[..., None]:
    """Hides from Typer what it would end in silence: an interrupt, and with 1, the code of a
    regression, a pipe that was closed."""

    @wraps(command)
    def call(*given: Any, **options: Any) -> None:
        try:
            command(*given, **options)
        except KeyboardInterrupt:
            raise typer.Abort from None
        except BrokenPipeError:
            raise BrokenPipeError from None  # without the number that Typer looks for

    return call


def _nothing() -> None:
    """In the place of commands that are named alone."""


def _say_version(asked: bool) -> None:
    if asked:
        from contend.machine.read_environment import contend_version

        LineConsole().print(f"contend {contend_version()}")
        raise typer.Exit


def _contend(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say it and exit.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Measures how servers behave under concurrency: event loops against threads."""


def main(arguments: Sequence[str] | None = None, limits: "Limits | None" = None) -> NoReturn:
    for name, stream in (("standard output", sys.stdout), ("standard error", sys.stderr)):
        if stream is None:  # a file that is opened now would get its number, and what is said
            sys.exit(_complain(f"{name}: it is closed; try /dev/null for it", ExitCode.USAGE))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # µ and ≥ where only ASCII may be written
    sys.exit(run(sys.argv[1:] if arguments is None else arguments, limits))


def run(arguments: Sequence[str], limits: "Limits | None" = None) -> int:
    """The exit code; what went wrong is on standard error in one line. By `limits` commands judge
    whether a trial is valid; None: by the usual ones."""
    try:
        words = list(arguments)
        if words[:1] == ["--"]:
            words = words[1:]
        words = words or ["--help"]
        code = build_app(words[0])(words, prog_name="contend", standalone_mode=False, obj=limits)
        return code if isinstance(code, int) else ExitCode.PASS
    except ContendError as error:
        return _complain(str(error), error.exit_code)
    except TyperException as error:
        message = error.format_message().rstrip(".")
        command = getattr(getattr(error, "ctx", None), "command_path", "contend")
        return _complain(f"usage: {message}; try {command} --help", ExitCode.USAGE)
    except (KeyboardInterrupt, typer.Abort):  # the former while the command was imported
        return _complain("interrupted: nothing was measured; try again", ExitCode.INTERRUPTED)
    except SystemExit:  # what Rich makes of a help whose reader has gone: it has read enough
        silence(sys.stdout)
        return ExitCode.PASS
    except BrokenPipeError:  # of what a command says meanwhile: it has not come to its end
        silence(sys.stdout)
        why = "its reader went before the end; what was measured until then is stored"
        code = _complain(f"output: {why}; try again, with the output in a file", ExitCode.USAGE)
        silence(sys.stderr)
        return code
    except Exception as error:
        what = f"a bug in contend: {type(error).__name__}: {error}"
        return _complain(f"{what}; try again with other options, and report it", ExitCode.USAGE)


def _complain(line: str, code: ExitCode) -> int:
    with suppress(OSError):  # then nobody can be told, but by the code
        LineConsole(stderr=True).print(f"contend: {' '.join(line.split())}", soft_wrap=True)
    return code
