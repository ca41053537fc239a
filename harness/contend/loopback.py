"""Where servers listen: the loopback interface, at ports that the kernel had free."""

import socket

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that the kernel had free a moment ago."""
    with socket.create_server((HOST, 0)) as held:
        port: int = held.getsockname()[1]
        return port
