"""What claims need to know of servers' code and packages: values that come from the inventory,
which this room doesn't import."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Done:
    """A workload that a server does."""

    gzip_bytes: int
    packages: tuple[str, ...]  # direct ones
    is_whole: bool = False  # the whole server's code: nothing of it can be told apart
    rules_twice: int | None = None  # those of its page that the server states again; None: no page


@dataclass(frozen=True)
class Server:
    name: str
    language: str
    style: str
    installed_bytes: int = 0
    packages: int = 0  # direct and transitive ones
    done: Mapping[str, Done] = field(default_factory=dict)  # by workload


@dataclass(frozen=True)
class Servers:
    """Those that were read; or why none were."""

    by_name: Mapping[str, Server] = field(default_factory=dict)
    workloads: tuple[str, ...] = ()  # all that there are
    why_none: str = ""

    def of(self, language: str) -> list[Server]:
        return [one for one in self.by_name.values() if one.language == language]
