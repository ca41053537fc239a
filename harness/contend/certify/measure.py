"""One trial of a certificate: a fresh oracle on one core, the generator on another.

Also what is measured besides: the generator's ceiling against the null server, and what each core
lets a thread know of the time.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from contend import _engine
from contend.certify.certificate import QUANTILES, CoreProbe
from contend.certify.checks import Measured
from contend.certify.oracle import fetch_truth, serve_null, serve_oracle
from contend.certify.plan import OracleTrial, Scale
from contend.certify.request_pairs import compare
from contend.durations import S_NS
from contend.errors import TrialError
from contend.machine.cores import Cores
from contend.machine.environment import Environment
from contend.machine.interrupts import Interrupted
from contend.machine.limits import shortage
from contend.servers.target import Pause, Target
from contend.suites.load import CLOSED, Load
from contend.suites.request_class import RequestClass
from contend.trials.document import OVERLOADED_SHARE
from contend.trials.heard import Heard
from contend.trials.run import judged
from contend.trials.spec import Asked, TrialSpec, engine_spec, spec_of

CEILING = "the generator's ceiling"
# Shares of the closed loop's rate that are tried in open loop, until the generator keeps up.
CEILING_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
CEILING_CONNECTIONS = 64
_TIMERS_PER_S = 200  # of probing
# A Poisson count is rarely further above its mean than this, and a few are warm-up's.
_SPARE_SHARE, _SPARE = 1.2, 1_000

Progress = Callable[[_engine.Progress], bool]


@dataclass(frozen=True)
class CertifyRunner:
    """Measures what a certificate needs. `pause` raises Interrupted, `on_progress` returns False
    to end a measurement; every method raises Interrupted then."""

    scale: Scale
    cores: Cores
    environment: Environment
    pause: Pause
    on_progress: Callable[[str, _engine.Progress], bool]

    def measure(self, planned: OracleTrial) -> Measured:
        """Raises TargetError or TrialError when it can't be measured."""
        if lack := shortage(planned.connections):
            raise TrialError(planned.name, lack, "a higher ulimit -Hn")
        seconds = planned.seconds + self.scale.warmup
        most = round(planned.rate_per_s * seconds * _SPARE_SHARE) + _SPARE
        with serve_oracle(planned.rules, most, self.cores.server, self.pause) as target:
            spec = self._spec(target, planned)
            given = engine_spec(spec)
            given.most_samples = most
            for request_class in (classes := given.classes):
                request_class.carries_intended = True
            given.classes = classes
            result = self._run(planned.name, given)
            truth = fetch_truth(target)
        if len(result.samples_ns) != result.requests.scheduled:
            kept = f"{len(result.samples_ns):,} of {result.requests.scheduled:,} requests were kept"
            raise TrialError(planned.name, kept, "a shorter trial")
        verdict = judged(spec, result)
        return Measured(
            trial=planned,
            pairs=compare(result.samples_ns, result.gaps_ns, truth),
            reported_ns={
                name: result.latency.value_at_quantile_ns(quantile)
                for name, quantile in QUANTILES.items()
            },
            validity=verdict,
            generator_gaps=len(result.gaps_ns),
            oracle_gaps=len(truth.gaps_ns),
        )

    def ceiling(self) -> float | None:
        """The highest rate, of those tried, at which the generator isn't the limit."""
        with serve_null(self.cores.server, self.pause) as target:
            closed = self._run(CEILING, engine_spec(self._ceiling_spec(target, None)))
            if not closed.completed_ok:
                return None
            most = closed.completed_ok * S_NS / closed.duration_ns
            for share in CEILING_SHARES:
                rate = float(f"{most * share:.2g}")
                spec = self._ceiling_spec(target, rate)
                result = self._run(CEILING, engine_spec(spec))
                achieved = result.completed_ok * S_NS / result.duration_ns
                if judged(spec, result).is_valid and achieved >= OVERLOADED_SHARE * rate:
                    return rate
        return None

    def probe(self) -> list[CoreProbe]:
        """Each core that is measured with, the oracle's first."""
        found = []
        for core in dict.fromkeys((*self.cores.server, *self.cores.generator)):
            self.pause(0)
            with _on_core(core):
                polling_ns = round(self.scale.probe * S_NS)
                timers = max(1, round(self.scale.probe * _TIMERS_PER_S))
                found.append(_core_probe(core, _engine.probe_machine(polling_ns, timers)))
        return found

    def _spec(self, target: Target, planned: OracleTrial) -> TrialSpec:
        return spec_of(
            _asked(target, "/at/"),
            Load(planned.arrivals, planned.connections, float(planned.rate_per_s)),
            self.cores,
            warmup_ns=self.scale.warmup_ns,
            duration_ns=planned.duration_ns,
        )

    def _ceiling_spec(self, target: Target, rate: float | None) -> TrialSpec:
        return spec_of(
            _asked(target, "/"),
            Load(CLOSED if rate is None else "constant", CEILING_CONNECTIONS, rate),
            self.cores,
            warmup_ns=self.scale.warmup_ns,
            duration_ns=round(self.scale.ceiling * S_NS),
        )

    def _run(self, what: str, spec: _engine.TrialSpec) -> _engine.TrialResult:
        heard = Heard(lambda now: self.on_progress(what, now))
        try:
            result = _engine.run_trial(spec, heard)
        except OSError as error:
            if heard.has_raised(error):
                raise
            why = f"this machine refused: {error.strerror or error}"
            raise TrialError(what, why, "a quieter machine") from None
        if result.stopped:
            raise Interrupted
        return result


def _asked(target: Target, path: str) -> Asked:
    """Whatever it answers is right: the oracle knows when it did."""
    classes = (RequestClass("all", path=path, expect_status=200),)
    return replace(target.asks, target=f"{target.url}{path}", classes=classes, server_pid=0)


def _core_probe(core: int, probe: _engine.MachineProbe) -> CoreProbe:
    lengths = probe.gaps_ns[:, 1] - probe.gaps_ns[:, 0]
    polled_ns = max(1, probe.polled_ns)
    return CoreProbe(
        core=core,
        clock_step_ns=probe.clock_step_ns,
        clock_cost_ns=probe.clock_cost_ns,
        timer_late_p50_ns=probe.timer_lateness.value_at_quantile_ns(0.5),
        timer_late_p99_ns=probe.timer_lateness.value_at_quantile_ns(0.99),
        gaps_per_s=len(lengths) * S_NS / polled_ns,
        away_share=float(lengths.sum()) / polled_ns,
        longest_gap_ns=int(np.max(lengths, initial=0)),
    )


@contextmanager
def _on_core(core: int) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, (core,))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
