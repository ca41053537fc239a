"""The gate's document, `contend gate --json`: interface.md's contend.gate/1, and what people ask.

Immutable values; a figure that could not be measured is null.
"""

from typing import Literal

import msgspec

from contend.machine.environment import Environment

SCHEMA = "contend.gate/1"

Verdict = Literal["pass", "regression", "inconclusive", "invalid"]
PASS: Verdict = "pass"
REGRESSION: Verdict = "regression"
INCONCLUSIVE: Verdict = "inconclusive"
INVALID: Verdict = "invalid"


class Metric(msgspec.Struct, frozen=True):
    """A figure of the candidate over the baseline's; the bounds have a risk of 5% each."""

    name: str
    delta: float
    ratio: float | None
    low: float | None
    high: float | None
    p_adjusted: float | None  # that it is within delta, for all figures as one family
    verdict: Verdict
    higher_is_worse: bool = True
    baseline: float | None = None  # its geometric mean over the blocks, ns or responses/s
    candidate: float | None = None
    reason: str | None = None  # why it gates nothing


class Share(msgspec.Struct, frozen=True):
    """How much of what was measured went wrong in a way."""

    name: str
    of: str  # what it is a share of
    baseline: float
    candidate: float
    p: float | None  # that the candidate makes no more of them than delta allows
    verdict: Verdict
    delta: float = 0.0  # by how much its share may be larger
    high: float | None = None  # by how much it may be larger after all, with a risk of 5%


def of_both(share: Share) -> str:
    return f"{share.candidate:.2%} of the {share.of}, and {share.baseline:.2%} before"


class GateDocument(msgspec.Struct, frozen=True):
    schema: str
    verdict: Verdict
    advisory: bool  # by a machine without a certificate of the gate's error rates, or unpaired
    blocks: int
    dropped_blocks: int
    metrics: tuple[Metric, ...]
    shares: tuple[Share, ...] = ()  # none where only times are known
    reasons: tuple[str, ...] = ()
    is_final: bool = True  # at a look before the last: whether to stop
    are_apart: bool = False  # the two sides were measured apart, so that nothing is paired
    stored_verdict: str | None = None  # what a stored gate says it was, where that is another
    run: str = ""
    again: str = ""  # the command
    environment: Environment | None = None
