"""One trial of a suite: a fresh target, a run of the engine, and the record of both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from contend import _engine
from contend.durations import parse_duration_ns
from contend.errors import TargetError, TrialError
from contend.machine.clock import now
from contend.machine.cores import Cores
from contend.machine.environment import Environment
from contend.machine.interrupts import Interrupted
from contend.runs.record import Header, ServedBy, SliceRecord, TrialRecord
from contend.runs.suite_run import PreparedSuite
from contend.servers.target import Pause, launch
from contend.suites.plan import PlannedTrial
from contend.trials import results
from contend.trials import run as trial_run
from contend.trials.conditions import conditions_of
from contend.trials.spec import spec_of
from contend.trials.validity import LIMITS, Limits


@dataclass(frozen=True)
class TrialRunner:
    """Measures planned trials; what it is given outlives it.

    `pause` raises Interrupted to end a launch, `on_progress` returns False to end a measurement.
    """

    prepared: PreparedSuite
    cores: Cores
    header: Header
    pause: Pause
    on_progress: Callable[[PlannedTrial, _engine.Progress], bool]
    limits: Limits = LIMITS

    def measure(self, planned: PlannedTrial) -> TrialRecord | None:
        """None when it was interrupted; a record that says why when the server can't be used."""
        started = now()
        cell = planned.cell
        backend = self.prepared.backends[cell.backend]
        contract = self.prepared.contracts[cell.workload]
        folder = self.prepared.workloads / "backends" / cell.backend
        suite = self.prepared.suite
        try:
            with launch(backend, folder, contract, self.cores.server, self.pause) as target:
                spec = spec_of(
                    target.asks,
                    cell.load,
                    self.cores,
                    seed=planned.seed,
                    pacing=suite.pacing,
                    warmup_ns=parse_duration_ns(suite.warmup),
                    duration_ns=parse_duration_ns(suite.duration),
                )
                result, document = trial_run.run(
                    spec,
                    self._environment(cell.backend),
                    lambda progress: self.on_progress(planned, progress),
                    limits=self.limits,
                )
        except Interrupted:
            return None
        except (TargetError, TrialError) as error:
            return TrialRecord(planned=planned, started=started, not_run=str(error))
        if result.stopped:
            return None
        return TrialRecord(
            planned=planned,
            started=started,
            not_run=None,
            document=document,
            conditions=conditions_of(result),
            setting=trial_run.setting_of(spec),
            cold_start_ns=target.cold_start_ns,
            beside_cpu_ns_per_request=_beside_cpu(result),
            pacing_lag=results.timings(result.pacing_lag),
            lowest_lower_bound_ns=results.lowest_lower_bounds(result),
            slices=_slices(result.slices),
            served_by=ServedBy(
                command=backend.start,
                body_bytes={name: len(body) for name, body in target.bodies.items()},
                log=target.log,
            ),
        )

    def _environment(self, backend: str) -> Environment:
        note = self.header.backends[backend]
        environment = self.header.environment
        server = f"{note.title}, {note.runtime}"
        software = msgspec.structs.replace(environment.software, server=server)
        return msgspec.structs.replace(environment, software=software)


def _beside_cpu(result: _engine.TrialResult) -> int | None:
    if result.beside is None or not result.completed_ok:
        return None
    return round(result.beside.cpu_ns / result.completed_ok)


def _slices(slices: Sequence[_engine.Slice]) -> tuple[SliceRecord, ...]:
    return tuple(
        SliceRecord(
            start_ns=one.start_ns,
            length_ns=one.length_ns,
            outcomes=one.outcomes,
            completed_ok=one.completed_ok,
            latency=results.timings(one.latency),
        )
        for one in slices
    )
