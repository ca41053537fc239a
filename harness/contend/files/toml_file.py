"""TOML files read strictly into types: every error names the file, the key and what is allowed."""

import difflib
import tomllib
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from contend.errors import SuiteError

T = TypeVar("T", bound=msgspec.Struct)


def read_toml(path: Path, kind: type[T]) -> T:
    """Raises SuiteError for a file that is missing, no TOML, or not what `kind` declares."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(path, error.strerror or str(error), "another file") from None
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError, or a number of 5,000 digits
        raise _wrong(path, f"no TOML: {error}", "mending it") from None
    except RecursionError:
        raise _wrong(path, "no TOML: it is nested too deeply", "fewer brackets") from None
    _check(path, "", tree, kind)
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        key = where.strip("`.") or "file"
        raise _wrong(path, f"{key}: {what.replace('`', '')}", "mending that key") from None


def unknown_name(path: Path, key: str, name: str, known: list[str]) -> SuiteError:
    """An error for a name that nothing has, with those that there are."""
    close = difflib.get_close_matches(name, known, 1)
    remedy = close[0] if close else f"one of {', '.join(known)}"
    return _wrong(path, f"{key}: no '{name}'; there are {', '.join(known)}", remedy)


def _check(path: Path, where: str, value: Any, kind: Any) -> None:
    """Unknown keys and words, which msgspec would not list the alternatives of."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        for one in get_args(kind):
            if one is not type(None):
                _check(path, where, value, one)
    elif origin is Literal:
        allowed = [str(word) for word in get_args(kind)]
        if isinstance(value, str) and value not in allowed:
            raise unknown_name(path, where, value, allowed)
    elif origin is tuple and isinstance(value, list):
        for number, one in enumerate(value, start=1):
            _check(path, f"{where}[{number}]", one, get_args(kind)[0])
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        hints = get_type_hints(kind)
        types = {field.encode_name: hints[field.name] for field in msgspec.structs.fields(kind)}
        for key, one in value.items():
            if key not in types:
                place = f" in {where}" if where else ""
                allowed = list(types)
                close = difflib.get_close_matches(key, allowed, 1)
                raise _wrong(
                    path,
                    f"unknown key '{key}'{place}; allowed are {', '.join(allowed)}",
                    close[0] if close else "without it",
                )
            _check(path, f"{where}.{key}" if where else key, one, types[key])


def _wrong(path: Path, why: str, remedy: str) -> SuiteError:
    return SuiteError(str(path), why, remedy)
