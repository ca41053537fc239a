"""The contracts' rules in plain Python, for the servers whose framework validates no JSON."""

import json
import re
from typing import Any

LARGEST_BODY = 4096
_NUMBER = re.compile(r"[0-9]{1,18}")
_EMAIL = re.compile(r"[^@]+@[^@]+")
_SKU = re.compile(r"[A-Z]{2}-[0-9]{4}")


class InvalidError(ValueError):
    """What a client sent breaks a rule; its text says which."""


def read_number(text: str | None, least: int = 0, most: int = 10**18) -> int:
    """A whole number of a path or a query; None stands for one that is missing."""
    if text is None or not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise InvalidError(f"not a whole number from {least} to {most}")
    return int(text)


def read_q(text: str | None) -> str:
    return _text({"q": text}, "q", 1, 50)


def read_order(body: bytes) -> dict[str, Any]:
    order = _read_object(body)
    return {
        "number": _whole(order, "number", 100, 999),
        "customer": _text(order, "customer", 1, 100),
        "email": _text(order, "email", 3, 200, _EMAIL),
        "items": _read_items(order.get("items")),
        "note": _text(order, "note", 0, 1000),
    }


def read_credentials(body: bytes) -> tuple[str, str]:
    """Name and password."""
    credentials = _read_object(body)
    return (
        _text(credentials, "name", 0, LARGEST_BODY),
        _text(credentials, "password", 0, LARGEST_BODY),
    )


def _read_items(items: Any) -> list[dict[str, Any]]:
    if not isinstance(items, list) or not 1 <= len(items) <= 50:
        raise InvalidError("items: not a list of 1 to 50")
    return [_read_item(item) for item in items]


def _read_item(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise InvalidError("items: not an object")
    return {
        "sku": _text(item, "sku", 7, 7, _SKU),
        "quantity": _whole(item, "quantity", 1, 999),
        "price_cents": _whole(item, "price_cents", 1, 10_000_000),
    }


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidError("the body is not JSON") from error
    if not isinstance(value, dict):
        raise InvalidError("the body is not an object")
    return value


def _refuse(constant: str) -> None:
    raise InvalidError(f"{constant} is not JSON")


def _text(
    values: dict[str, Any], key: str, least: int, most: int, form: re.Pattern[str] | None = None
) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise InvalidError(f"{key}: not a text of {least} to {most} characters")
    try:
        value.encode()
    except UnicodeEncodeError as error:  # half of a surrogate pair, which JSON can escape
        raise InvalidError(f"{key}: not a text") from error
    if form is not None and not form.fullmatch(value):
        raise InvalidError(f"{key}: not of its form")
    return value


def _whole(values: dict[str, Any], key: str, least: int, most: int) -> int:
    value = values.get(key)
    if type(value) is not int or not least <= value <= most:  # True is an int too, by isinstance
        raise InvalidError(f"{key}: not a whole number from {least} to {most}")
    return value
