"""How commands declare options and read what was given for them."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from contend.errors import UsageError

T = TypeVar("T")


def option(
    help_text: str,
    *names: str,
    metavar: str | None = None,
    panel: str | None = None,
    least: float | None = None,
    most: float | None = None,
    shown: str | bool = True,
) -> Any:
    """An option of a command; `shown` is how its default reads in the help."""
    return typer.Option(
        *names,
        help=help_text,
        metavar=metavar,
        rich_help_panel=panel,
        min=least,
        max=most,
        show_default=shown,
    )


# Of commands that read the store.
StoreOption = Annotated[
    Path | None,
    option("The store; default results/ of a checkout, else ./contend-results/.", metavar="DIR"),
]
RunArgument = Annotated[
    str,
    typer.Argument(metavar="RUN", help="A path, an id, a prefix of one, a suite, or latest."),
]
LATEST = "latest"


def read(name: str, reader: Callable[[str], T], text: str) -> T:
    """What `reader` makes of an option's text; its ValueError becomes one clear line."""
    try:
        return reader(text)
    except ValueError as error:
        raise UsageError(name, str(error), "--help") from None


def read_optional(name: str, reader: Callable[[str], T], text: str | None) -> T | None:
    return None if text is None else read(name, reader, text)
