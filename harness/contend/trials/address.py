"""Where a URL points: parsed, resolved once, and reachable or not."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from contend.errors import TargetError, UsageError

_UNSUPPORTED = {
    "https": "https://",
    "unix": "unix:",
    "http+unix": "unix:",
    "h2": "HTTP/2",
    "h2c": "HTTP/2",
}


@dataclass(frozen=True)
class Url:
    """An http:// URL, taken apart."""

    host: str  # a name, or an address without brackets
    port: int
    path: str  # with the query, as it goes into the request line

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 80 else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        return f"http://{self.host_header}{self.path}"


@dataclass(frozen=True)
class Endpoint:
    """An address of a name, and all it has in the resolver's order."""

    address: str
    addresses: tuple[str, ...]
    port: int


def parse_url(text: str) -> Url:
    scheme, colon, _ = text.partition(":")
    if colon and scheme.lower() in _UNSUPPORTED:
        raise UsageError(text, f"{_UNSUPPORTED[scheme.lower()]} is not supported", "http://")
    if not text.lower().startswith("http://"):
        raise UsageError(text, "no http:// URL", "http://127.0.0.1:8080/")
    if any(not "!" <= letter <= "~" for letter in text):
        raise UsageError(repr(text), "no URL: blanks and non-ASCII must be escaped", "%20 and such")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(text, f"no URL: {error}", "http://127.0.0.1:8080/") from None
    if not host or port == 0:
        raise UsageError(text, "no host or port", "http://127.0.0.1:8080/")
    if parts.username is not None:
        raise UsageError(text, "a user in the URL is not supported", "-H 'Authorization: …'")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Url(host, 80 if port is None else port, path)


def resolve(url: Url) -> tuple[str, ...]:
    """Looks the name up, once: its addresses in order. Raises TargetError when it has none."""
    try:
        found = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TargetError(url.text, f"no address for {url.host}: {why}", "another name") from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def reach(url: Url, timeout_ns: int, allow_remote: bool) -> Endpoint:
    """Looks the target up, and finds the first of its addresses at which something listens; only
    those that may be loaded are asked."""
    addresses = resolve(url)
    allowed = [one for one in addresses if allow_remote or is_loopback(one)]
    if not allowed:
        raise UsageError(
            url.text,
            f"{addresses[0]} is not on the loopback interface",
            "--allow-remote if you may load that machine",
        )
    silent = []
    for address in allowed:
        why = why_silent(address, url.port, timeout_ns)
        if why is None:
            return Endpoint(address, addresses, url.port)
        silent.append(f"{address} port {url.port}: {why}")
    raise TargetError(
        url.text, f"nothing listens at {', nor at '.join(silent)}", "to start the server first"
    )


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def why_silent(address: str, port: int, timeout_ns: int) -> str | None:
    """One connection, opened and closed: nothing listening is said before anything is measured."""
    try:
        with socket.create_connection((address, port), timeout_ns / 1e9):
            return None
    except ConnectionResetError:
        return None  # something listens: the trial counts what it does
    except TimeoutError:
        return "no answer in time"
    except OSError as error:
        return error.strerror or str(error)
