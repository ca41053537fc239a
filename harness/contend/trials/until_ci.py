"""`--until-ci`: when a trial may end because its p50 and p99 are known well enough.

Looking until an interval happens to be narrow finds intervals that are narrow by luck. So the looks
are few and set before, each half as late again as the one before and seeing as much anew; and what
luck is left is made good by wider intervals (stats/within_trial.py).
"""

import re
from dataclasses import dataclass

from contend.durations import S_NS, format_ns
from contend.errors import UsageError
from contend.stats.sub_batches import SubBatches
from contend.stats.within_trial import WithinTrial, within_trial

LOOK_GROWTH = 1.5
FIGURES = ("p50_ns", "p99_ns")
# A quantile is no better known than the buckets of its histogram.
LEAST, MOST = 0.005, 0.5
MOST_GIVEN_UP = 0.01
DEFAULT_LONGEST_NS = 600 * S_NS
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,9})?|\.\d{1,9})%?")


@dataclass(frozen=True)
class UntilCi:
    """The trial measures for `least_ns` and then until both figures are known within `half_width`,
    a share of each, for at most `longest_ns`.
    """

    half_width: float
    least_ns: int
    longest_ns: int

    @property
    def looks_ns(self) -> tuple[int, ...]:
        """From the start of the measure phase; the last look is its end, and not among them."""
        looks = []
        at_ns = float(self.least_ns)
        while at_ns < self.longest_ns:
            looks.append(round(at_ns))
            at_ns *= LOOK_GROWTH
        return tuple(looks)

    def may_end(self, series: SubBatches, given_up_share: float) -> bool:
        """At a look. Where so many requests were given up that p99 lies among them, it is a lower
        bound, and no interval around it says anything."""
        if given_up_share >= MOST_GIVEN_UP:
            return False
        found = within_trial(series, waited_for=self.half_width)
        return all(found.is_known(figure, self.half_width) for figure in FIGURES)

    def missed(self, found: WithinTrial, measured_ns: int) -> list[str]:
        """What is not known well enough, in words, when the trial has ended."""
        return [
            f"{figure.removesuffix('_ns')} is not known within {100 * self.half_width:.3g}% "
            f"after {format_ns(measured_ns)}: {_known(found, figure)}"
            for figure in FIGURES
            if not found.is_known(figure, self.half_width)
        ]


def parse_half_width(text: str) -> float:
    """`2%`, or `2`, as a share. Raises ValueError that says what is allowed."""
    found = _PERCENT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"'{text}' is no percentage, such as 2%")
    half_width = float(found[1]) / 100
    if not LEAST <= half_width <= MOST:
        raise ValueError(f"'{text}' is not between {LEAST:.1%} and {MOST:.0%}")
    return half_width


def check_until_ci(
    half_width: float | None, least_ns: int, longest_ns: int | None, counted: bool
) -> UntilCi | None:
    """The options together; `counted` is whether a number of requests is to end the trial."""
    if half_width is None:
        if longest_ns is not None:
            why = "nothing but --until-ci goes on for longer than --duration"
            raise UsageError("--max-duration", why, "--until-ci 2%, or --duration")
        return None
    if counted:
        why = "the trial can't end by --requests and by what is known at once"
        raise UsageError("--until-ci", why, "without --requests")
    if longest_ns is None:
        longest_ns = max(DEFAULT_LONGEST_NS, least_ns)
    return UntilCi(half_width, min(least_ns, longest_ns), longest_ns)


def _known(found: WithinTrial, figure: str) -> str:
    interval = found.intervals[figure]
    return found.none_because[figure] if interval is None else f"± {interval.half_width:.2%}"
