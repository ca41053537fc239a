"""How a block is measured: lengths and counts, as values that are passed in."""

import msgspec

from contend.durations import S_NS
from contend.suites.load import Load

MS_NS = 1_000_000


# A burst has stalled when its p99 is so many times the usual one's.
STALL = 4.0


class WarmUp(msgspec.Struct, frozen=True):
    """A lane is loaded in the closed loop, window after window, until its rate no longer climbs.

    A window sets a record when its rate is `climb` above the last one that set one: a JIT that goes
    on compiling does so, and a rate that scatters by a few per cent does not. It is over after
    `level` windows that set none after the first one, and once the rate has climbed after `steady`
    in a row.
    """

    window_ns: int = 150 * MS_NS
    level: int = 2
    steady: int = 4
    climb: float = 0.05
    most_ns: int = 15 * S_NS
    connections: int = 64


class Shape(msgspec.Struct, frozen=True):
    """`lead_ns` of a burst come before what is counted of it: by then its connections stand, and
    the caches hold this lane's server again.

    A burst of a mix is no time but a number of requests, whole decks of its classes, from the first
    one's send to the last one's end. In a given time lanes complete different shares of the dear
    class, which in a server of many threads pile up for a second; of a deck each has all.
    """

    burst_ns: int = 250 * MS_NS
    open_burst_ns: int = 500 * MS_NS  # of loads with a rate: they send less in a time
    lead_ns: int = 40 * MS_NS
    most_cards: int = 100  # of a deck that a burst is to have whole, however long it takes
    timeout_ns: int = 2 * S_NS
    warm_up: WarmUp = WarmUp()

    def counted_ns(self, is_open: bool) -> int:
        return self.open_burst_ns if is_open else self.burst_ns

    def requests(self, load: Load, rate_per_s: float, deck: int) -> int:
        """Of a burst of classes that come in decks: as near to its length as whole ones come, at
        about this rate; 0: it is a time."""
        return self.decks(rate_per_s * self.counted_ns(load.is_open) / S_NS, deck)

    def decks(self, expected: float, deck: int) -> int:
        """Whole ones, for about so many requests; 0: it goes by time."""
        if deck == 1 or deck > self.most_cards:
            return 0
        return deck * max(1, round(expected / deck))
