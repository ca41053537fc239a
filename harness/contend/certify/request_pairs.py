"""What a trial reported of each request beside what the oracle knows of it. Pure functions.

A request is set apart when a gap, in which the generator or the oracle was kept from polling, may
have moved it: one that overlaps its way to the oracle, from the intended time to its receipt, or
its way back, from the right time of the reply to its receipt. While it waits in the queue, which
takes no CPU, nothing can.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contend.certify.oracle import Times, Truth
from contend.trials.document import OUTCOMES

Flags = NDArray[np.bool_]

_OK = OUTCOMES.index("ok")
_REFUSED = OUTCOMES.index("status")  # with 503


@dataclass(frozen=True)
class RequestPairs:
    """A row a request that both call right, in order of intended times."""

    reported_ns: Times  # latencies, as the generator's
    truth_ns: Times  # latencies, as the oracle's
    send_lag_ns: Times
    oracle_lag_ns: Times  # from the right time of a reply to its leaving
    apart: Flags
    was_refused: Flags  # a row a request, right or not: by the oracle
    mistaken: int  # whose outcome isn't the oracle's, or of which it knows nothing

    @property
    def requests(self) -> int:
        """Of the measure phase, those that were refused too."""
        return len(self.was_refused)

    def error_ns(self, base_ns: int) -> Times:
        error: Times = np.abs(self.reported_ns - self.truth_ns - base_ns)
        return error

    @property
    def rest(self) -> Flags:
        return ~self.apart


def compare(samples_ns: Times, gaps_ns: Times, truth: Truth) -> RequestPairs:
    """`samples_ns` and `gaps_ns` as a trial's result has them."""
    samples = samples_ns[np.argsort(samples_ns[:, 0], kind="stable")]
    intended, sent, completed, outcome = samples.T
    row, known = _rows(truth.intended_ns, intended)
    right = outcome == _OK
    done, received, replied = (
        np.where(known, times[row], 0) if len(truth.intended_ns) else np.zeros_like(intended)
        for times in (truth.done_ns, truth.received_ns, truth.replied_ns)
    )
    both = right & (done > 0)
    apart = np.zeros(len(samples), dtype=bool)
    back = np.minimum(done, completed), np.maximum(completed, replied)
    for gaps in (gaps_ns, truth.gaps_ns):
        apart |= overlaps(gaps, intended, received) | overlaps(gaps, *back)
    return RequestPairs(
        reported_ns=(completed - intended)[both],
        truth_ns=(done - intended)[both],
        send_lag_ns=(sent - intended)[both],
        oracle_lag_ns=(replied - done)[both],
        apart=apart[both],
        was_refused=known & (done == 0),
        mistaken=int((~known | (outcome != np.where(done > 0, _OK, _REFUSED))).sum()),
    )


def overlaps(gaps_ns: Times, begin_ns: Times, end_ns: Times) -> Flags:
    """Whether a gap, of one thread or of several, has a part in each of these times."""
    if not len(gaps_ns):
        return np.zeros(len(begin_ns), dtype=bool)
    # A gap begins before the end of a time and ends after its beginning, or doesn't overlap it.
    begun = np.searchsorted(np.sort(gaps_ns[:, 0]), end_ns, side="left")
    ended = np.searchsorted(np.sort(gaps_ns[:, 1]), begin_ns, side="right")
    flags: Flags = begun > ended
    return flags


def _rows(known_ns: Times, wanted_ns: Times) -> tuple[Times, Flags]:
    """For each wanted time its row among the known ones, and whether there is one."""
    order = np.argsort(known_ns, kind="stable")
    place = np.searchsorted(known_ns[order], wanted_ns)
    inside = np.minimum(place, max(len(known_ns) - 1, 0))
    if not len(known_ns):
        return inside, np.zeros(len(wanted_ns), dtype=bool)
    row = order[inside]
    return row, known_ns[row] == wanted_ns
