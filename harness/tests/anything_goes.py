"""Limits that no busy machine breaks: for tests of a verdict that is the server's, not the
machine's. As a program it is `contend` that judges by them, in a process of its own.

What a server does wrong, and a count that is wrong, still makes a trial invalid.
"""

import math

from contend.cli import main
from contend.trials.validity import Limits

ANYTHING_GOES = Limits(
    moved_ns=math.inf,
    sent_share=0.0,
    unread_ns=math.inf,
    busy_generator_share=math.inf,
    run_queue_share=math.inf,
    stalled_share=math.inf,
    longest_stall_ns=math.inf,
    stolen_share=math.inf,
)

if __name__ == "__main__":
    main(limits=ANYTHING_GOES)
