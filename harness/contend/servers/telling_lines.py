"""The lines of a server's log that say why it failed. Pure.

Node.js prints a stack below what went wrong, and its own version last; a Python server's master
goes on to log after its worker's traceback. The last lines alone would leave out the reason.
"""

import re
from collections.abc import Sequence

MOST = 5

_TRACEBACK = re.compile(r"(?P<margin>[\s|]*).*Traceback \(most recent call last\):")
_FRAME = re.compile(r"    at \S")
_RAISED = re.compile(r"(Uncaught )?([\w$]+\.)*[A-Z]\w*( \[\w+\])?: \S")
_NODE_VERSION = re.compile(r"Node\.js v\d")


def telling_lines(log: str) -> list[str]:
    """What was raised last, with what was said after its stack; else the last lines."""
    lines = log.splitlines()
    raised = max(filter(None, (_python(lines), _node(lines))), default=None)
    if raised is None:
        return _said(lines)[-MOST:]
    at, end = raised
    return [lines[at].strip(" |"), *_said(lines[end:])[1 - MOST :]]


def _python(lines: Sequence[str]) -> tuple[int, int] | None:
    """Where the last traceback says what was raised, and what follows it. The lines before are
    indented; those of a group of exceptions have a margin besides."""
    found = [(at, one) for at, line in enumerate(lines) if (one := _TRACEBACK.match(line))]
    if not found:
        return None
    start, first = found[-1]
    for at in range(start + 1, len(lines)):
        said = lines[at].removeprefix(first["margin"])
        if said and not said[0].isspace():
            return at, at + 1
    return None


def _node(lines: Sequence[str]) -> tuple[int, int] | None:
    """Where the error stands that the last stack belongs to, and what follows the stack."""
    frames = [at for at, line in enumerate(lines) if _FRAME.match(line)]
    for at in reversed(range(frames[-1] if frames else 0)):
        if _RAISED.match(lines[at]):
            rest = range(frames[-1] + 1, len(lines))
            versions = [one + 1 for one in rest if _NODE_VERSION.match(lines[one])]
            return at, versions[-1] if versions else _end_of_error(lines, frames[-1] + 1)
    return None


def _end_of_error(lines: Sequence[str], after: int) -> int:
    """Where its properties end, which stand in braces."""
    if not lines[after - 1].endswith("{"):
        return after
    return next((at + 1 for at in range(after, len(lines)) if lines[at] == "}"), len(lines))


def _said(lines: Sequence[str]) -> list[str]:
    """Those with a word in them."""
    return [line.strip() for line in lines if re.search(r"\w", line)]
