"""When a trial need not go on: nobody is answered but by a wrong status."""

from contend import _engine
from contend.durations import S_NS

# So long into the measure phase, warm-up behind it; and so many answers.
_LEAST_NS = S_NS
_FEWEST = 20


def is_wrong_url(now: _engine.Progress) -> bool:
    """A server that is out of order for a moment is right or broken in some other way too."""
    return (
        now.phase == "measure"
        and now.elapsed_ns >= _LEAST_NS
        and now.completed == 0
        and now.wrong_status >= _FEWEST
        and now.wrong_status == now.failed - now.given_up
    )
