"""What the parts of a request may hold, so that what is written is one request and arrives as it
was written. Pure; each check raises ValueError that says what is allowed.
"""

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PATH = re.compile(r"/[!-~]*")
_VALUE = re.compile(r"[\t -~]*")
_OWN = ("content-length", "transfer-encoding", "connection")


def is_token(text: str) -> bool:
    """As methods and the names of headers are (RFC 9110, 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def is_path(text: str) -> bool:
    return _PATH.fullmatch(text) is not None


def check_method(text: str) -> None:
    if not is_token(text):
        raise ValueError(f"{text!r} is no method: GET, POST and such")


def check_path(text: str) -> None:
    if not text.startswith("/"):
        raise ValueError("a path must start with /")
    if not is_path(text):
        raise ValueError(f"{text!r} is no path: it is ASCII, and %20 stands for a space")


def check_header_name(name: str) -> None:
    if not is_token(name):
        raise ValueError(f"{name!r} is no name of a header")


def check_header(name: str, value: str, may_close: bool = False) -> None:
    """`may_close`: whether a request may end its connection."""
    check_header_name(name)
    if not _VALUE.fullmatch(value):
        odd = "a character that isn't ASCII" if value.isprintable() else "a control character"
        raise ValueError(f"{name}: {odd} is in its value")  # which may be secret
    if name.lower() in _OWN and not (
        may_close and (name.lower(), value.lower()) == ("connection", "close")
    ):
        raise ValueError(f"{name} is set by contend itself, from the body and the connections")


def check_request(
    method: str, path: str, headers: Mapping[str, str], may_close: bool = False
) -> None:
    """With the key that is wrong."""
    key = "method"
    try:
        check_method(method)
        key = "path"
        check_path(path)
        key = "headers"
        for name, value in headers.items():
            check_header(name, value, may_close)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
