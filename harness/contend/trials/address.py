"""Where a URL points: parsed, resolved once, and reachable or not."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from contend.errors import TargetError, UsageError

_UNSUPPORTED = {"h2": "HTTP/2", "h2c": "HTTP/2", "ws": "ws://", "wss": "wss://"}
_PORTS = {"http": 80, "https": 443}
_EXAMPLE = "http://127.0.0.1:8080/"
_LONGEST_UNIX_PATH = 107  # sockaddr_un, with its final zero


@dataclass(frozen=True)
class Url:
    """An http://, https:// or unix: URL, taken apart."""

    host: str  # a name, or an address without brackets
    port: int
    path: str  # with the query, as it goes into the request line
    scheme: str = "http"
    unix_path: str = ""  # of a socket of this machine, instead of host and port

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        if self.unix_path:
            return f"unix:{self.unix_path}:{self.path}"
        return f"{self.scheme}://{self.host_header}{self.path}"


@dataclass(frozen=True)
class Endpoint:
    """An address of a name, and all it has in the resolver's order."""

    address: str
    addresses: tuple[str, ...]
    port: int


def parse_url(text: str) -> Url:
    """`http://`, `https://`, or `unix:/PATH` and `unix:/PATH:/REQUESTED`."""
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if colon and scheme in _UNSUPPORTED:
        raise UsageError(text, f"{_UNSUPPORTED[scheme]} is not supported", "http://")
    if any(not "!" <= letter <= "~" for letter in text):
        raise UsageError(repr(text), "no URL: blanks and non-ASCII must be escaped", "%20 and such")
    if scheme == "unix":
        return _unix_url(text, rest)
    if scheme not in _PORTS or not rest.startswith("//"):
        raise UsageError(text, "no http://, https:// or unix: URL", _EXAMPLE)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(text, f"no URL: {error}", _EXAMPLE) from None
    if not host or port == 0:
        raise UsageError(text, "no host or port", _EXAMPLE)
    if parts.username is not None:
        raise UsageError(text, "a user in the URL is not supported", "-H 'Authorization: …'")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Url(host, _PORTS[scheme] if port is None else port, path, scheme)


def parse_plain_url(text: str) -> Url:
    """Only `http://`."""
    url = parse_url(text)
    if url.scheme != "http" or url.unix_path:
        what = "unix:" if url.unix_path else "https://"
        raise UsageError(text, f"{what} is not supported here", "http://")
    return url


def _unix_url(text: str, rest: str) -> Url:
    socket_path, _, path = rest.removeprefix("//").partition(":")
    if not socket_path.startswith("/") or (path and not path.startswith("/")):
        raise UsageError(
            text, "no socket's path", "unix:/run/app.sock, or unix:/run/app.sock:/path"
        )
    if len(socket_path.encode()) > _LONGEST_UNIX_PATH:
        why = f"longer than the {_LONGEST_UNIX_PATH} bytes that a socket's path may have"
        raise UsageError(text, why, "a shorter one")
    return Url("localhost", 80, path or "/", "http", socket_path)


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
    if url.unix_path:
        if why := why_silent_at(url.unix_path, timeout_ns):
            said = f"nothing listens at {url.unix_path}: {why}"
            raise TargetError(url.text, said, "to start the server first")
        return Endpoint(url.unix_path, (url.unix_path,), 0)
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


def why_silent_at(unix_path: str, timeout_ns: int) -> str | None:
    """The same of a socket of this machine."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(timeout_ns / 1e9)
        try:
            client.connect(unix_path)
        except TimeoutError:
            return "no answer in time"
        except OSError as error:
            return error.strerror or str(error)
    return None
