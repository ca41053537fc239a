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
    """All addresses of a name, in the resolver's order; the first is used."""

    addresses: tuple[str, ...]
    port: int

    @property
    def address(self) -> str:
        return self.addresses[0]

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.address.partition("%")[0]).is_loopback


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


def resolve(url: Url) -> Endpoint:
    """Looks the name up, once. Raises TargetError when it has no address."""
    try:
        found = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TargetError(url.text, f"no address for {url.host}: {why}", "another name") from None
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return Endpoint(tuple(addresses), url.port)


def reach(url: Url, timeout_ns: int, allow_remote: bool) -> Endpoint:
    """Looks the target up, and makes sure that it may be loaded and that something listens."""
    endpoint = resolve(url)
    if not endpoint.is_loopback and not allow_remote:
        raise UsageError(
            url.text,
            f"{endpoint.address} is not on the loopback interface",
            "--allow-remote if you may load that machine",
        )
    check_listening(url, endpoint, timeout_ns)
    return endpoint


def check_listening(url: Url, endpoint: Endpoint, timeout_ns: int) -> None:
    """One connection, opened and closed: nothing listening is said before anything is measured."""
    try:
        with socket.create_connection((endpoint.address, endpoint.port), timeout_ns / 1e9):
            pass
    except ConnectionResetError:
        pass  # something listens: the trial counts what it does
    except OSError as error:
        why = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or error
        place = f"{endpoint.address} port {endpoint.port}"
        raise TargetError(
            url.text, f"nothing listens at {place}: {why}", "to start the server first"
        ) from None
