"""Where servers listen: the loopback interface, at ports that the kernel had free."""

import socket

HOST = "127.0.0.1"
_OTHER_HOST = "127.0.0.2"


def free_port() -> int:
    """A port that the kernel had free a moment ago."""
    with socket.create_server((HOST, 0)) as held:
        port: int = held.getsockname()[1]
        return port


def accepts(port: int) -> bool:
    """Whether anything listens at a port. Asked from another address: from the same one, and a port
    that the kernel happens to choose, a connection to a free port is one to itself."""
    try:
        socket.create_connection((HOST, port), 1.0, (_OTHER_HOST, 0)).close()
    except OSError:
        return False
    return True
