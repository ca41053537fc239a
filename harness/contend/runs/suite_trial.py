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
from contend.machine.ports import HOST
from contend.runs.record import Header, ServedBy, SliceRecord, TrialRecord
from contend.runs.suite_run import PreparedSuite
from contend.servers.target import Pause, Target, launch
from contend.suites.contract import Contract, request_classes
from contend.suites.plan import PlannedTrial
from contend.suites.suite import Suite
from contend.trials import trial


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

    def measure(self, planned: PlannedTrial) -> TrialRecord | None:
        """None when it was interrupted; a record that says why when the server can't be used."""
        started = now()
        cell = planned.cell
        backend = self.prepared.backends[cell.backend]
        contract = self.prepared.contracts[cell.workload]
        folder = self.prepared.workloads / "backends" / cell.backend
        try:
            with launch(backend, folder, contract, self.cores.server, self.pause) as target:
                spec = trial_spec(self.prepared.suite, planned, contract, target, self.cores)
                result, document = trial.run(
                    spec,
                    self._environment(cell.backend),
                    lambda progress: self.on_progress(planned, progress),
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
            cold_start_ns=target.cold_start_ns,
            beside_cpu_ns_per_request=_beside_cpu(result),
            pacing_lag=trial.timings(result.pacing_lag),
            lowest_lower_bound_ns=trial.lowest_lower_bounds(result),
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


def trial_spec(
    suite: Suite, planned: PlannedTrial, contract: Contract, target: Target, cores: Cores
) -> trial.TrialSpec:
    """Every response is compared with the bytes that this target gave when it was verified."""
    cell = planned.cell
    return trial.TrialSpec(
        target=f"{target.url}{contract.request[0].path}",
        host_header=f"{HOST}:{target.port}",
        address=HOST,
        port=target.port,
        classes=request_classes(contract, target.bodies, target.cookies),
        protocol=contract.protocol,
        protocol_options=contract.protocol_options,
        arrivals=cell.arrivals,
        rate_per_s=cell.rate_per_s,
        seed=planned.seed,
        connections=cell.connections,
        cpus=cores.generator,
        # Without a rate no send is paced, and polling would only have the generator look busy; on a
        # shared core it would take the server's time.
        pacing="sleep" if cell.rate_per_s is None or cores.are_shared else suite.pacing,
        warmup_ns=parse_duration_ns(suite.warmup),
        duration_ns=parse_duration_ns(suite.duration),
        server_pid=target.pid,
        beside_pid=target.beside_pid,
        server_cores=len(cores.server),
        shares_core=cores.are_shared,
    )


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
            latency=trial.timings(one.latency),
        )
        for one in slices
    )
