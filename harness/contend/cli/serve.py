"""`contend serve KIND`: runs a reference server until it is stopped.

Which kinds there are and what each may be told is declared in the engine; the options are made
from that.
"""

import inspect
import os
import re
import resource
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from contend import _engine
from contend.cli.options import option, read
from contend.errors import TargetError, UsageError
from contend.servers.bytecode_cpu import calibrated_burner

HELP = "contend serve --help"
HIGHEST_PORT = 65535

_SHARE = re.compile(r"(?P<percent>\d+(?:\.\d+)?)%:(?P<handler>.+)")


def serve(
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    port: Annotated[
        int, option("0: any; the chosen one is the first line printed.", metavar="N", least=0)
    ] = 8080,
    handler: Annotated[
        str | None,
        option(
            "What GET / does: steps cpu=, io=, pool= with a duration, such as 'cpu=2ms,io=10ms'.",
            metavar="STEPS",
        ),
    ] = None,
    mix: Annotated[
        list[str] | None,
        option("Repeatable: another handler for a share of GET /.", metavar="'P%:STEPS'"),
    ] = None,
    **parameters: str | None,
) -> None:
    """Run a reference server on 127.0.0.1 until SIGINT or SIGTERM."""
    server = _find(kind)
    if port > HIGHEST_PORT:
        raise UsageError("--port", f"{port} is above {HIGHEST_PORT}", "--port 0 for any free one")
    handlers = _handlers(handler, [read("--mix", _parse_share, one) for one in mix or []])
    if handlers and not server.takes_handlers:
        raise UsageError(kind, "it runs no --handler and no --mix", HELP)
    given = {
        name.replace("_", "-"): value for name, value in parameters.items() if value is not None
    }
    _check_declared(server, given)
    _allow_many_connections()
    compute = calibrated_burner() if kind == "python-callable" else None
    with _stop_descriptor() as stop:
        try:
            _engine.serve(kind, given, port, handlers, _say_listening, stop, compute)
        except ValueError as error:
            raise UsageError("serve", str(error), HELP) from None
        except BrokenPipeError:  # of _say_listening, which nobody reads
            raise
        except OSError as error:
            why = error.strerror or str(error)
            raise TargetError(
                f"serve {kind} on 127.0.0.1:{port}", why, "--port 0 for any free port"
            ) from None


def _find(name: str) -> _engine.ServerKind:
    kinds = _engine.server_kinds()
    for kind in kinds:
        if kind.name == name:
            return kind
    known = ", ".join(kind.name for kind in kinds)
    raise UsageError(f"no server '{name}'", f"there are {known}", HELP)


def _parse_share(text: str) -> tuple[float, str]:
    found = _SHARE.fullmatch(text.strip())
    if not found or not float(found["percent"]) > 0:
        raise ValueError(f"'{text}' is no share: 'P%:STEPS', such as '1%:cpu=100ms'")
    return float(found["percent"]), found["handler"]


def _handlers(
    handler: str | None, mix: Sequence[tuple[float, str]]
) -> Sequence[tuple[float, str | None]]:
    """Weights and programs by class; class 0 is --handler, which has what --mix leaves."""
    left = round(100 - sum(percent for percent, _ in mix), 9)
    if left < 0:
        raise UsageError("--mix", f"the shares come to {100 - left:g}%", "shares of 100% at most")
    if left == 0 and handler is not None:
        raise UsageError("--mix", "its shares leave nothing to --handler", "shares below 100%")
    if left == 0 or (handler is None and not mix):
        return mix
    return [(left, handler), *mix]


def _check_declared(server: _engine.ServerKind, given: Mapping[str, str]) -> None:
    declared = [parameter.name for parameter in server.parameters]
    for name in given:
        if name not in declared:
            has = ", ".join(f"--{one}" for one in declared)
            raise UsageError(f"--{name}", f"{server.name} has no such option: it has {has}", HELP)


def _say_listening(port: int) -> None:
    typer.echo(f"listening 127.0.0.1:{port}")


def _allow_many_connections() -> None:
    """As Node.js does: each connection is a file, and the soft limit is often 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def _stop_descriptor() -> Iterator[int]:
    """A descriptor that can be read once SIGINT or SIGTERM has come.

    The server waits for it without the GIL: nothing of this process runs beside what is measured.
    """
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    handlers = {
        number: signal.signal(number, lambda number, frame: None)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    before = signal.set_wakeup_fd(writable)
    try:
        yield readable
    finally:
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(readable)
        os.close(writable)


def _declare_parameters() -> None:
    """An option for each parameter that some kind declares, in the place of **parameters."""
    declared: dict[str, tuple[_engine.ServerParameter, list[str]]] = {}
    for kind in _engine.server_kinds():
        for parameter in kind.parameters:
            declared.setdefault(parameter.name, (parameter, []))[1].append(kind.name)
    own = [
        parameter
        for parameter in inspect.signature(serve).parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    made = [
        inspect.Parameter(
            name.replace("-", "_"),
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None,
                option(
                    f"{parameter.summary[0].upper()}{parameter.summary[1:]}.",
                    f"--{name}",
                    metavar="X",
                    panel=", ".join(kinds),
                    shown=parameter.default,
                ),
            ],
        )
        for name, (parameter, kinds) in declared.items()
    ]
    serve.__signature__ = inspect.signature(serve).replace(  # type: ignore[attr-defined]
        parameters=[*own, *made]
    )


_declare_parameters()
