"""SQL over the stored runs: the views runs, trials, slices and bursts, in memory, by DuckDB.

Every file is read by the store, which checks it; a changed one is named. Times are in nanoseconds.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from contend.blocks.record import OF_BURST, BlockRecord, Burst
from contend.runs.record import Run, SliceRecord, TrialRecord
from contend.runs.store import read_run, run_paths
from contend.trials.document import OUTCOMES, LoadDocument, Timings
from contend.trials.validity import LIMITS, Limits

_QUANTILES = ("p50", "p90", "p95", "p99", "p99_9", "p99_99")
_TIMING = ("count", "min_ns", "mean_ns", *(f"{one}_ns" for one in _QUANTILES), "max_ns")

_TABLES = {
    "runs": {
        "run": "VARCHAR",
        "suite": "VARCHAR",
        "started": "TIMESTAMP",
        "complete": "BOOLEAN",
        "seed": "BIGINT",
        "cpu_model": "VARCHAR",
        "cores": "INTEGER",
        "kernel": "VARCHAR",
        "contend": "VARCHAR",
        "engine_hash": "VARCHAR",
    },
    "trials": {
        "run": "VARCHAR",
        "trial": "VARCHAR",
        "workload": "VARCHAR",
        "backend": "VARCHAR",
        "load": "VARCHAR",
        "arrivals": "VARCHAR",
        "connections": "INTEGER",
        "rate_per_s": "DOUBLE",
        "started": "TIMESTAMP",
        "valid": "BOOLEAN",
        "verdict": "VARCHAR",
        "not_run": "VARCHAR",
        "duration_ns": "BIGINT",
        "scheduled": "BIGINT",
        **dict.fromkeys(OUTCOMES, "BIGINT"),
        "goodput_per_s": "DOUBLE",
        **{f"latency_{one}": "BIGINT" for one in _TIMING},
        "server_cpu_ns_per_request": "BIGINT",
        "server_max_rss_bytes": "BIGINT",
        "generator_cpu_ns_per_request": "BIGINT",
        "cold_start_ns": "BIGINT",
    },
    "slices": {
        "run": "VARCHAR",
        "trial": "VARCHAR",
        "start_ns": "BIGINT",
        "length_ns": "BIGINT",
        "completed_ok": "BIGINT",
        **dict.fromkeys(OUTCOMES, "BIGINT"),
        **{f"latency_{one}": "BIGINT" for one in _TIMING},
    },
    "bursts": {
        "run": "VARCHAR",
        "workload": "VARCHAR",
        "block": "INTEGER",
        "apart": "VARCHAR",
        "backend": "VARCHAR",
        "load": "VARCHAR",
        "round": "INTEGER",
        "started": "TIMESTAMP",  # of its block
        "valid": "BOOLEAN",
        "disturbed": "VARCHAR",
        "dropped": "VARCHAR",  # of its block
        "rate_per_s": "DOUBLE",
        "duration_ns": "BIGINT",
        "scheduled": "BIGINT",
        "completed_ok": "BIGINT",
        **dict.fromkeys(OUTCOMES[1:], "BIGINT"),
        "goodput_per_s": "DOUBLE",
        "latency_count": "BIGINT",
        **dict.fromkeys(("latency_p50_ns", "latency_p90_ns", "latency_p99_ns"), "BIGINT"),
        "server_cpu_ns": "BIGINT",
        "server_cpu_ns_per_request": "DOUBLE",
    },
}


class QueryError(Exception):
    """What DuckDB says of a query."""


@dataclass(frozen=True)
class Answer:
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def select(results: Path, sql: str, limits: Limits = LIMITS) -> Answer:
    """Raises QueryError for what is no query; StoreError for a run that is not what was written."""
    with duckdb.connect(":memory:") as database:
        for name, columns in _TABLES.items():
            stated = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            database.execute(f"CREATE TABLE {name} ({stated})")
        with tempfile.TemporaryDirectory(prefix="contend-query-") as folder:
            for path in run_paths(results):
                _insert(database, read_run(path, limits), Path(folder))
        # From here on it reads and writes no file.
        database.execute("SET enable_external_access = false")
        try:
            found = database.execute(sql)
            names = tuple(one[0] for one in found.description or ())
            return Answer(names, tuple(found.fetchall()))
        except duckdb.Error as error:
            raise QueryError(str(error)) from None


def _insert(database: duckdb.DuckDBPyConnection, run: Run, folder: Path) -> None:
    """By way of a file: a row at a time takes a millisecond each."""
    rows = {
        "runs": [_run(run)],
        "trials": [_trial(run, one) for one in run.trials],
        "slices": [_slice(run, one, part) for one in run.trials for part in one.slices],
        "bursts": [_burst(run, one, burst) for one in run.blocks for burst in one.bursts],
    }
    for name, of_it in rows.items():
        path = folder / f"{name}.json"
        path.write_bytes(b"\n".join(map(msgspec.json.encode, of_it)))
        if of_it:
            reads = f"read_json(?, format='newline_delimited', columns={_TABLES[name]})"
            database.execute(f"INSERT INTO {name} SELECT * FROM {reads}", [str(path)])


def _run(run: Run) -> dict[str, Any]:
    header = run.header
    machine, software = header.environment.machine, header.environment.software
    return {
        "run": run.id,
        "suite": header.suite_name,
        "started": header.started,
        "complete": run.complete,
        "seed": header.seed,
        "cpu_model": machine.cpu_model,
        "cores": machine.cores,
        "kernel": machine.kernel,
        "contend": software.contend,
        "engine_hash": software.engine_hash,
    }


def _trial(run: Run, trial: TrialRecord) -> dict[str, Any]:
    cell = trial.planned.cell
    return {
        "run": run.id,
        "trial": trial.planned.key,
        "workload": cell.workload,
        "backend": cell.backend,
        "load": cell.load.word,
        "arrivals": cell.arrivals,
        "connections": cell.connections,
        "rate_per_s": cell.rate_per_s,
        "started": trial.started,
        "valid": trial.is_valid,
        "not_run": trial.not_run,
        "cold_start_ns": trial.cold_start_ns,
        **({} if trial.document is None else _document(trial.document)),
    }


def _document(document: LoadDocument) -> dict[str, Any]:
    requests, server = document.requests, document.server
    given_up = {name: getattr(requests, name) for name in OUTCOMES if name not in requests.failed}
    return {
        "verdict": document.validity.verdict,
        "duration_ns": document.duration_ns,
        "scheduled": requests.scheduled,
        **given_up,
        **requests.failed,
        "goodput_per_s": document.goodput_per_s,
        **_timing(document.latency),
        "server_cpu_ns_per_request": server.cpu_ns_per_request if server else None,
        "server_max_rss_bytes": server.max_rss_bytes if server else None,
        "generator_cpu_ns_per_request": document.generator.cpu_ns_per_request,
    }


def _burst(run: Run, block: BlockRecord, burst: Burst) -> dict[str, Any]:
    lane = block.lane(burst.lane)
    return {
        "run": run.id,
        "workload": block.workload,
        "block": block.number,
        "apart": block.apart,
        "backend": burst.lane,
        "load": burst.load,
        "round": burst.round,
        "started": block.started,
        "valid": block.dropped is None and not burst.reasons,
        "disturbed": "; ".join(burst.reasons) or None,
        "dropped": block.dropped,
        "rate_per_s": lane.rates_per_s.get(burst.load) if lane else None,
        "duration_ns": burst.duration_ns,
        "scheduled": burst.scheduled,
        "completed_ok": burst.completed,
        **dict.fromkeys(OUTCOMES[1:], 0),
        **burst.errors,
        "goodput_per_s": burst.goodput_per_s,
        "latency_count": burst.latency.count,
        **{
            f"latency_{name}_ns": None
            if name in burst.withheld
            else burst.latency.quantiles_ns.get(name)
            for name in OF_BURST
        },
        "server_cpu_ns": burst.server_cpu_ns,
        "server_cpu_ns_per_request": burst.cpu_ns_per_request,
    }


def _slice(run: Run, trial: TrialRecord, part: SliceRecord) -> dict[str, Any]:
    return {
        "run": run.id,
        "trial": trial.planned.key,
        "start_ns": part.start_ns,
        "length_ns": part.length_ns,
        "completed_ok": part.completed_ok,
        **part.outcomes,
        **_timing(part.latency),
    }


def _timing(timings: Timings) -> dict[str, Any]:
    return {f"latency_{name}": getattr(timings, name) for name in _TIMING}
