"""How a block is measured: lengths and counts, as values that are passed in."""

import msgspec

from contend.durations import S_NS

MS_NS = 1_000_000


# A burst has stalled when its p99 is so many times the usual one's.
STALL = 4.0


class WarmUp(msgspec.Struct, frozen=True):
    """A lane is loaded in the closed loop, window after window, until its rate no longer climbs.

    A window sets a record when its rate is `climb` above every earlier one's: a JIT that goes on
    compiling does so. It is over after `steady` windows in a row without a record.
    """

    window_ns: int = 250 * MS_NS
    steady: int = 2
    climb: float = 0.02
    most_ns: int = 15 * S_NS
    connections: int = 64


class Shape(msgspec.Struct, frozen=True):
    """`lead_ns` of a burst come before what is counted of it: by then its connections stand, and
    the caches hold this lane's server again."""

    burst_ns: int = 250 * MS_NS
    open_burst_ns: int | None = None  # of loads with a rate, where they are to be longer
    lead_ns: int = 20 * MS_NS
    timeout_ns: int = 2 * S_NS
    warm_up: WarmUp = WarmUp()

    def counted_ns(self, is_open: bool) -> int:
        return self.open_burst_ns if is_open and self.open_burst_ns else self.burst_ns
