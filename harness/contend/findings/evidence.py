"""What stands behind a row: each block and each trial that its server was in, whether it counts and
why not, what the machine did meanwhile, and what the server said at its start. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from contend.blocks.record import BlockRecord, Burst
from contend.durations import format_ns
from contend.runs.record import Run, TrialRecord
from contend.trials.conditions import Conditions

_LAST_LINES = 12  # of what a server said


class Try(msgspec.Struct, frozen=True):
    """A block, or a trial."""

    label: str  # block 3; closed-c64, start 2
    started: str  # UTC
    outcome: str  # kept, or why not
    is_kept: bool
    machine: str  # what it took away meanwhile, in words; "": nothing


class Evidence(msgspec.Struct, frozen=True):
    workload: str
    backend: str
    tries: tuple[Try, ...]
    log: str = ""  # the end of what the server said, at the last start that said anything


def evidence_of(run: Run) -> tuple[Evidence, ...]:
    """By workload and backend, in the suite's order."""
    tries: dict[tuple[str, str], list[Try]] = {}
    logs: dict[tuple[str, str], str] = {}
    for block in run.blocks:
        for lane in _lanes(block):
            key = block.workload, lane
            tries.setdefault(key, []).append(_of_block(block, lane))
            record = block.lane(lane)
            if record is not None and record.log:
                logs[key] = _end(record.log)
    for trial in run.trials:
        key = trial.planned.cell.workload, trial.planned.cell.backend
        tries.setdefault(key, []).append(_of_trial(trial))
        if trial.served_by is not None and trial.served_by.log:
            logs[key] = _end(trial.served_by.log)
    suite = run.header.suite
    order = {
        key: at for at, key in enumerate((w, b) for w in suite.workloads for b in suite.backends)
    }
    return tuple(
        Evidence(*key, tuple(tries[key]), logs.get(key, ""))
        for key in sorted(tries, key=lambda one: order.get(one, len(order)))
    )


def _lanes(block: BlockRecord) -> Iterator[str]:
    seen = [one.name for one in block.lanes]
    yield from seen
    if block.failed_lane is not None and block.failed_lane not in seen:
        yield block.failed_lane


def _of_block(block: BlockRecord, lane: str) -> Try:
    label = f"block {block.number}{', apart' if block.apart else ''}"
    bursts = block.of(lane)
    outcome, is_kept = "kept", True
    if block.dropped is not None:
        outcome, is_kept = f"dropped whole: {block.dropped}", False
    elif disturbed := [one for one in bursts if one.reasons]:
        why = Counter(reason for one in disturbed for reason in one.reasons[:1])
        outcome = f"kept, but {len(disturbed)} of {len(bursts)} bursts: {_counted(why)}"
    record = block.lane(lane)
    if record is not None and not record.is_steady:
        outcome += "; its rate still climbed when its warm-up was over"
    return Try(label, block.started, outcome, is_kept, _machine(_conditions(bursts)))


def _of_trial(trial: TrialRecord) -> Try:
    label = f"{trial.planned.cell.load.word}, start {trial.planned.repetition}"
    if trial.document is None:
        return Try(label, trial.started, f"not run: {trial.not_run}", False, "")
    validity = trial.document.validity
    outcome = f"{validity.verdict}{': ' * bool(validity.words)}{'; '.join(validity.words)}"
    known = [trial.conditions] if trial.conditions is not None else []
    return Try(label, trial.started, outcome, trial.is_valid, _machine(known))


def _conditions(bursts: Sequence[Burst]) -> list[Conditions]:
    return [one.conditions for one in bursts if one.conditions is not None]


def _machine(conditions: Sequence[Conditions]) -> str:
    """The worst of each."""
    if not conditions:
        return ""
    stolen = max(one.stolen_share for one in conditions)
    waited = max((one.run_queue_share or 0.0 for one in conditions), default=0.0)
    stalled = max(one.longest_stall_ns for one in conditions)
    disturbed, scheduled = (sum(getattr(one, name) for one in conditions) for name in _COUNTS)
    said = [
        f"host took {stolen:.1%}" if stolen else "",
        f"generator waited {waited:.1%}" if waited else "",
        f"stood still for {format_ns(stalled)}" if stalled else "",
        f"{disturbed:,} of {scheduled:,} requests disturbed" if disturbed else "",
    ]
    return ", ".join(one for one in said if one)


_COUNTS = ("disturbed", "scheduled")


def _counted(why: Mapping[str, int]) -> str:
    return "; ".join(f"{count} {reason}" for reason, count in why.items())


def _end(log: str) -> str:
    return "\n".join(log.splitlines()[-_LAST_LINES:])
