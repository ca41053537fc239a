"""A backend's program: what it runs on here, its command and its environment."""

from itertools import pairwise

from contend.errors import TargetError
from contend.servers.runtimes import described, runtimes
from contend.suites.backend import PLACEHOLDER, Backend, Place


def missing_runtime(backend: Backend) -> str | None:
    """Why this machine can't start a backend; None when it can."""
    module = next((after for flag, after in pairwise(backend.start) if flag == "-m"), None)
    for word, one in runtimes().items():
        if not backend.asks_for(word):
            continue
        if one.path is None:
            return one.missing
        if module and one.packages and not (one.packages / module).is_dir():
            return f"needs package: {module}"
    return None


def start_command(backend: Backend, place: Place) -> list[str]:
    """The argv. Raises TargetError when the runtime that it needs is missing."""
    if (missing := missing_runtime(backend)) is not None:
        raise TargetError(backend.title, missing, "scripts/setup")
    return [_filled(part, place) for part in backend.start]


def start_env(backend: Backend, place: Place) -> dict[str, str]:
    """What is added to the environment."""
    return {name: _filled(value, place) for name, value in backend.env.items()}


def _filled(text: str, place: Place) -> str:
    values = place.values | {word: str(one.path) for word, one in runtimes().items()}
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)


def runtime(backend: Backend) -> str:
    """Name and version of what the backend's program runs on, as that says itself."""
    env = {name: value for name, value in backend.env.items() if not PLACEHOLDER.search(value)}
    for word, one in runtimes().items():
        if one.path is not None and backend.asks_for(word):
            return described(word, one.path, env)
    return ""
