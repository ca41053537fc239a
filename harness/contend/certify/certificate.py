"""The document `contend.certificate/1`: what was measured, what holds, and what is promised.

Immutable values. Times are integers in nanoseconds. A quantile without a check was not resolved by
its sample, and is named among the unresolved.
"""

import msgspec

from contend.machine.environment import Environment
from contend.trials.document import Validity

SCHEMA = "contend.certificate/1"
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}

PROVED = "proved"
NOT_PROVED = "not proved"
TOO_NOISY = "too noisy"
INCOMPLETE = "incomplete"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    quantile: str
    reported_ns: int
    truth_ns: int
    error_ns: int
    bound_ns: int
    holds: bool
    requests: int  # that it was computed from


class ShareCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Of requests that were refused; or (`outcomes`) whose outcome was the right one."""

    name: str
    reported: float
    truth: float
    error: float
    bound: float
    holds: bool
    requests: int


class Quantiles(msgspec.Struct, frozen=True):
    p50_ns: int
    p90_ns: int
    p99_ns: int
    p99_9_ns: int = msgspec.field(name="p99.9_ns")


class CertifiedTrial(msgspec.Struct, frozen=True, kw_only=True):
    """One trial against the oracle: what lies behind its checks."""

    name: str
    rate_per_s: int
    validity: Validity
    requests: int
    apart: int  # set apart: a gap may have moved them
    mistaken: int
    base_ns: int | None  # the round trip that its errors are free of
    error: Quantiles | None  # of those that were not set apart
    error_all: Quantiles | None
    send_lag: Quantiles | None
    oracle_lag: Quantiles | None
    generator_gaps: int
    oracle_gaps: int


class CoreProbe(msgspec.Struct, frozen=True, kw_only=True):
    """What a core lets a thread know of the time while nothing else is measured."""

    core: int
    clock_step_ns: int
    clock_cost_ns: int
    timer_late_p50_ns: int
    timer_late_p99_ns: int
    gaps_per_s: float
    away_share: float  # of the time, in gaps of more than 20 µs
    longest_gap_ns: int


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """The error of any request of the laws, disturbed or not, at these quantiles."""

    p50_ns: int | None
    p90_ns: int | None
    p99_ns: int | None
    p99_9_ns: int | None = msgspec.field(name="p99.9_ns")
    max_rate_per_s: float | None  # before the generator is the limit


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    schema: str = SCHEMA
    started: str  # UTC
    scale: str
    verdict: str
    reasons: tuple[str, ...]
    environment: Environment
    checks: tuple[Check, ...]
    share_checks: tuple[ShareCheck, ...]
    unresolved: tuple[str, ...]
    promise: Promise
    noise_floor: dict[str, Quantiles]  # by rate: what is left of instant service beside the base
    cores: tuple[CoreProbe, ...]
    trials: tuple[CertifiedTrial, ...]

    @property
    def holds(self) -> bool:
        return self.verdict == PROVED
