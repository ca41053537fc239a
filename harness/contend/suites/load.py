"""How a server is loaded: arrivals, connections, and a rate, or a utilisation that finds one."""

import msgspec

CLOSED = "closed"


class Load(msgspec.Struct, frozen=True):
    """Of a utilisation (`busy`) the rate is known once a request's cost is: then both are set."""

    arrivals: str = CLOSED
    connections: int = 64
    rate_per_s: float | None = None  # None in the closed loop
    busy: float | None = None  # the share of the server's cores that the rate keeps busy
    level: float | None = None  # of runs that were stored before blocks: a share of capacity

    @property
    def is_open(self) -> bool:
        return self.arrivals != CLOSED

    @property
    def word(self) -> str:
        """The same for cells that stand in one table."""
        if self.busy is not None:
            return f"{self.arrivals}-{self.busy:.0%}-busy-c{self.connections}"
        if self.level is not None:
            return f"{self.arrivals}-{self.level:.0%}-c{self.connections}"
        rate = "" if self.rate_per_s is None else f"-{self.rate_per_s:g}"
        return f"{self.arrivals}{rate}-c{self.connections}"
