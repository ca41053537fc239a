"""The wall clock, as stored lines have it."""

from datetime import UTC, datetime


def now() -> str:
    """UTC, in whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
