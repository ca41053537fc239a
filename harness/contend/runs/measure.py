"""Measures what a suite plans: a trial with its fresh target, or a block of lanes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from contend import _engine
from contend.blocks.burst import Setup
from contend.blocks.judge import judged
from contend.blocks.lane import Lane
from contend.blocks.measure import LaneError, measure_block
from contend.blocks.record import BlockRecord
from contend.blocks.shape import Shape
from contend.durations import parse_duration_ns
from contend.errors import TargetError, TrialError
from contend.machine.clock import now
from contend.machine.cores import Cores
from contend.machine.environment import Environment
from contend.machine.interrupts import Interrupted
from contend.runs.record import Header, ServedBy, SliceRecord, TrialRecord
from contend.runs.suite_run import PreparedSuite
from contend.servers.target import BackendProgram, Pause, launch
from contend.suites.cells import duration_ns, loads_of, turns
from contend.suites.plan import Planned, PlannedBlock, PlannedTrial
from contend.suites.suite import BURST_NS, OPEN_BURST_NS
from contend.trials import results
from contend.trials import run as trial_run
from contend.trials.conditions import conditions_of
from contend.trials.spec import spec_of
from contend.trials.validity import LIMITS, Limits


@dataclass(frozen=True)
class SuiteRunner:
    """What it is given outlives it.

    `pause` raises Interrupted to end a launch, `on_progress` returns False to end a measurement.
    """

    prepared: PreparedSuite
    cores: Cores
    header: Header
    pause: Pause
    on_progress: Callable[[Planned, _engine.Progress], bool]
    limits: Limits = LIMITS

    def measure(self, planned: Planned) -> TrialRecord | BlockRecord | None:
        """None when it was interrupted; a record that says why when a server can't be used."""
        return self._trial(planned) if isinstance(planned, PlannedTrial) else self._block(planned)

    def _block(self, planned: PlannedBlock) -> BlockRecord | None:
        suite, group = self.prepared.suite, planned.group
        lanes = [
            Lane(
                name,
                BackendProgram(
                    self.prepared.backends[name],
                    self.prepared.folder(name),
                    self.prepared.contracts[group.workload],
                ),
                loads_of(suite, group.workload, name),
            )
            for name in group.lanes
        ]
        setup = Setup(
            self.cores,
            Shape(burst_ns=BURST_NS, open_burst_ns=OPEN_BURST_NS),
            self.pause,
            lambda progress: self.on_progress(planned, progress),
        )
        try:
            block = measure_block(
                lanes,
                turns(suite, group.workload),
                setup,
                planned.seed,
                planned.number,
                group.workload,
                group.apart,
            )
        except LaneError as failed:
            return failed.record
        except Interrupted:
            return None
        return judged(block, self.limits)

    def _trial(self, planned: PlannedTrial) -> TrialRecord | None:
        started = now()
        cell = planned.cell
        backend = self.prepared.backends[cell.backend]
        contract = self.prepared.contracts[cell.workload]
        folder = self.prepared.folder(cell.backend)
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
                    duration_ns=duration_ns(suite, cell),
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
            lowest_lower_bound_ns=results.lowest_lower_bounds(spec, result),
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
