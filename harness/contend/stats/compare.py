"""Two figures compared by their ratio, over a whole table at once. Pure functions of numbers.

A comparison asks whether a ratio lies outside a margin (faster, slower), inside it (tie), or can't
be said to (unresolved); the margin is 3% unless its question says another. It goes by the ratio's
interval: between trials of either side by Welch's t on the logs, so that neither the spread nor the
number of trials need be the same on both sides; between blocks, in which both sides stand together,
by Student's t on the logs of the ratios.

All comparisons of a table form one family, and 0.05 bounds the chance that any verdict in the table
is wrong (Holm, Scand. J. Statist. 6, 1979; with directions as Shaffer, Ann. Statist. 8, 1980):

- the p-value of a comparison is the smallest alpha whose interval of confidence 1 - alpha lies
  wholly on one side of both edges of the margin, or wholly between them;
- in rising order of p, the kth of m is decided while p ≤ 0.05 / (m - k + 1), and the first that is
  not ends it: it and all after it are unresolved;
- each is printed with the interval of the level at which it was decided, or at which deciding
  ended, so that interval and verdict can't contradict each other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from scipy import special

from contend.stats.estimate import CONFIDENCE, FULL_TRIALS, t_quantile

MARGIN = 0.03
FASTER, SLOWER, TIE, UNRESOLVED = "faster", "slower", "tie", "unresolved"


@dataclass(frozen=True)
class Sample:
    """One cell's figure, a value a trial; a lower bound when one of the values is."""

    values: tuple[float, ...]
    is_lower_bound: bool = False


@dataclass(frozen=True)
class Question:
    """How the product of `over` compares with that of `under`.

    Two figures are one sample each; ratios to a null server are two each.
    """

    over: tuple[Sample, ...]
    under: tuple[Sample, ...]
    higher_is_faster: bool
    margin: float = MARGIN  # as a share

    @property
    def samples(self) -> tuple[Sample, ...]:
        return self.over + self.under


@dataclass(frozen=True)
class Paired:
    """Two figures by the logs of their ratios, one a block that tells both, of `asked`."""

    logs: tuple[float, ...]
    higher_is_faster: bool
    asked: int = 0
    may_be_above: bool = False  # the figure over the line is a lower bound
    may_be_below: bool = False
    margin: float = MARGIN  # as a share


class Comparison(msgspec.Struct, frozen=True):
    """A ratio with its adjusted interval, and what it comes to. No end: it isn't known."""

    ratio: float | None
    low: float | None
    high: float | None
    confidence: float | None  # of this interval, after the adjustment
    p_adjusted: float | None
    verdict: str
    fewest_trials: int
    why: str | None = None  # it can't be decided at all

    @property
    def is_full(self) -> bool:
        return self.fewest_trials >= FULL_TRIALS


@dataclass(frozen=True)
class _Contrast:
    """A log ratio, with what its t-interval needs."""

    log_ratio: float
    error: float  # standard error
    freedom: float
    may_be_above: bool  # a lower bound is above the line: the true ratio may be higher
    may_be_below: bool
    edge: float  # of the margin, on logs

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        half = t_quantile(self.freedom, alpha) * self.error
        low = None if self.may_be_below else math.exp(self.log_ratio - half)
        high = None if self.may_be_above else math.exp(self.log_ratio + half)
        return low, high

    @property
    def p(self) -> float:
        """The smallest alpha at which the interval crosses no edge of the margin."""
        above = self._tail(self.log_ratio - self.edge)
        below = self._tail(-self.edge - self.log_ratio)
        inside = max(self._tail(self.edge - self.log_ratio), self._tail(self.log_ratio + self.edge))
        if self.may_be_above:
            below = inside = 1.0
        if self.may_be_below:
            above = inside = 1.0
        return min(1.0, 2 * min(above, below, inside))

    def _tail(self, distance: float) -> float:
        """The chance of a t as far out as an edge that lies `distance` inside the interval."""
        if not self.error:
            return 0.0 if distance > 0 else 1.0
        return float(special.stdtr(self.freedom, -distance / self.error))


def compare(
    questions: Sequence[Question | Paired], confidence: float = CONFIDENCE
) -> list[Comparison]:
    """The answers to all questions of one table, in their order."""
    contrasts = [_paired(one) if isinstance(one, Paired) else _contrast(one) for one in questions]
    asked = [index for index, one in enumerate(contrasts) if isinstance(one, _Contrast)]
    ordered = sorted(asked, key=lambda index: (_of(contrasts[index]).p, index))
    answers: dict[int, Comparison] = {}
    undecided_at: float | None = None
    p_adjusted = 0.0
    for rank, index in enumerate(ordered):
        left = len(ordered) - rank
        contrast = _of(contrasts[index])
        p_adjusted = max(p_adjusted, min(1.0, left * contrast.p))
        alpha = (1 - confidence) / left
        if undecided_at is None and contrast.p > alpha:
            undecided_at = alpha
        answers[index] = _answer(
            questions[index],
            contrast,
            alpha if undecided_at is None else undecided_at,
            p_adjusted,
            undecided_at is None,
        )
    return [
        answers[index] if index in answers else _unanswered(question, str(contrasts[index]))
        for index, question in enumerate(questions)
    ]


def _answer(
    question: Question | Paired,
    contrast: _Contrast,
    alpha: float,
    p_adjusted: float,
    is_decided: bool,
) -> Comparison:
    low, high = contrast.interval(alpha)
    return Comparison(
        ratio=math.exp(contrast.log_ratio),
        low=low,
        high=high,
        confidence=1 - alpha,
        p_adjusted=p_adjusted,
        verdict=_verdict(contrast, question.higher_is_faster) if is_decided else UNRESOLVED,
        fewest_trials=_fewest(question),
    )


def _verdict(contrast: _Contrast, higher_is_faster: bool) -> str:
    """Of a decided comparison: its interval crosses no edge, so its centre tells where it lies."""
    if abs(contrast.log_ratio) < contrast.edge:
        return TIE
    return FASTER if (contrast.log_ratio > 0) == higher_is_faster else SLOWER


def _unanswered(question: Question | Paired, why: str) -> Comparison:
    return Comparison(None, None, None, None, None, UNRESOLVED, _fewest(question), why)


def _contrast(question: Question) -> _Contrast | str:
    """Or why there is none."""
    samples = question.samples
    if any(len(sample.values) < 2 for sample in samples):
        return "fewer than 2 trials"
    if any(min(sample.values) <= 0 for sample in samples):
        return "a figure is 0"
    may_be_above = any(sample.is_lower_bound for sample in question.over)
    may_be_below = any(sample.is_lower_bound for sample in question.under)
    if may_be_above and may_be_below:
        return "both are lower bounds"
    log_ratio = sum(_mean_log(sample) for sample in question.over)
    log_ratio -= sum(_mean_log(sample) for sample in question.under)
    # Welch and Satterthwaite: Satterthwaite, Biometrics Bulletin 2, 1946.
    squares = [float(np.var(np.log(one.values), ddof=1)) / len(one.values) for one in samples]
    total = sum(squares)
    weights = sum(
        square**2 / (len(one.values) - 1) for square, one in zip(squares, samples, strict=True)
    )
    freedom = total**2 / weights if weights else 1.0
    edge = math.log1p(question.margin)
    return _Contrast(log_ratio, math.sqrt(total), freedom, may_be_above, may_be_below, edge)


def _paired(question: Paired) -> _Contrast | str:
    """Or why there is none."""
    n = len(question.logs)
    if n < 2:
        return "fewer than 2 blocks"
    if 2 * n < question.asked:
        return f"only {n} of {question.asked} blocks tell it"
    if question.may_be_above and question.may_be_below:
        return "both are lower bounds"
    error = float(np.std(question.logs, ddof=1)) / math.sqrt(n)
    centre = float(np.mean(question.logs))
    bounds = question.may_be_above, question.may_be_below
    return _Contrast(centre, error, n - 1, *bounds, math.log1p(question.margin))


def _mean_log(sample: Sample) -> float:
    return float(np.log(sample.values).mean())


def _fewest(question: Question | Paired) -> int:
    if isinstance(question, Paired):
        return len(question.logs)
    return min(len(sample.values) for sample in question.samples)


def _of(contrast: _Contrast | str) -> _Contrast:
    assert isinstance(contrast, _Contrast)
    return contrast
