"""Stored runs: whole after a crash, and every changed byte found."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

import pytest
from contend.errors import StoreError
from contend.files.chain import read_chain, seal
from contend.machine.cores import Cores
from contend.machine.environment import Environment, Machine, Software
from contend.runs.record import SCHEMA, Closing, Header, TrialRecord
from contend.runs.store import RunWriter, find_run, read_run
from contend.suites.cells import Cell
from contend.suites.plan import PlannedTrial
from contend.suites.suite import Grid, Suite
from hypothesis import given, settings
from hypothesis import strategies as st

SUITE = Suite(
    title="test", budget="1m", seed=1, grid=(Grid(backends=("a",), workloads=("plaintext",)),)
)


def header(started: str = "2026-11-25T01:02:03Z") -> Header:
    machine = Machine("cpu", 2, "6.1", None, True, 1 << 30)
    return Header(
        schema=SCHEMA,
        suite_name="test",
        started=started,
        seed=1,
        environment=Environment(machine, Software("0.1.0", None, None, {})),
        suite=SUITE,
        order=(),
        workloads={},
        backends={},
        not_run=(),
        server_cores=Cores((0,), (1,)).server,
        generator_cores=(1,),
    )


def record(repetition: int) -> TrialRecord:
    cell = Cell("plaintext", "a", "closed", 64)
    planned = PlannedTrial(f"{cell.key}/{repetition}", cell, repetition, 1, 7)
    return TrialRecord(planned=planned, started="2026-11-25T01:02:04Z", not_run="it did not start")


def write(results: Path, trials: int = 2, closed: bool = True) -> Path:
    with RunWriter.create(results, header()) as writer:
        for repetition in range(1, trials + 1):
            writer.append(record(repetition))
        if closed:
            writer.append(Closing(ended="2026-11-25T01:03:00Z", trials=trials))
        return writer.path


def test_a_run_reads_as_it_was_written(tmp_path: Path) -> None:
    run = read_run(write(tmp_path))
    assert run.complete and run.torn is None
    assert run.header == header()
    assert run.trials == (record(1), record(2))
    assert run.id.startswith("20261125T010203Z-test-")


def test_without_a_closing_line_a_run_is_incomplete(tmp_path: Path) -> None:
    run = read_run(write(tmp_path, closed=False))
    assert not run.complete and len(run.trials) == 2


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_any_changed_byte_is_found_and_named(place: float, change: int) -> None:
    payloads = [b'{"kind":"run","a":1}', b'{"kind":"trial","b":[1,2]}', b'{"kind":"end"}']
    data, digest, ends = b"", "", []
    for payload in payloads:
        line, digest = seal(payload, digest)
        data += line
        ends.append(len(data))
    where = int(place * len(data))
    changed = bytearray(data)
    changed[where] ^= change
    chain = read_chain(bytes(changed))
    number = next(number for number, end in enumerate(ends, start=1) if where < end)
    assert chain.broken_line == number
    assert chain.payloads == tuple(payloads[: number - 1])


def test_a_changed_byte_of_a_file_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(b"did not start")] = ord("D")
    path.write_bytes(data)
    with pytest.raises(StoreError, match="line 2 has been changed"):
        read_run(path)


def test_a_torn_last_line_is_named_ignored_and_written_over(tmp_path: Path) -> None:
    path = write(tmp_path, closed=False)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    run = read_run(path)
    assert len(run.trials) == 1 and not run.complete
    assert run.torn is not None and "torn last line" in run.torn
    with RunWriter.resume(path) as writer:
        writer.append(record(2))
    assert path.read_bytes() == whole


def test_one_process_writes_a_run_at_a_time(tmp_path: Path) -> None:
    with (
        RunWriter.create(tmp_path, header()) as writer,
        pytest.raises(StoreError, match="another contend is writing"),
    ):
        RunWriter.resume(writer.path)


def test_a_full_disk_loses_no_stored_trial(tmp_path: Path) -> None:
    path = write(tmp_path, trials=1, closed=False)
    before = path.read_bytes()
    # The kernel refuses to let the file grow, as a full disk does, and keeps what was written.
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with RunWriter.resume(path) as writer:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, hard))
        try:
            with pytest.raises(StoreError, match="all before it are"):
                writer.append(record(2))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert path.read_bytes() == before
        writer.append(record(2))
    assert len(read_run(path).trials) == 2


@dataclass(frozen=True)
class Stored:
    results: Path
    ids: tuple[str, ...]


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    ids = []
    for day in ("24", "25"):
        with RunWriter.create(tmp_path, header(f"2026-11-{day}T00:00:00Z")) as writer:
            ids.append(writer.path.stem)
    return Stored(tmp_path, tuple(ids))


def test_runs_are_found_by_path_id_prefix_and_latest(stored: Stored) -> None:
    older, newer = stored.ids
    assert find_run(stored.results, "latest").stem == newer
    assert find_run(stored.results, older).stem == older
    assert find_run(stored.results, "20261124").stem == older
    path = stored.results / "runs" / f"{older}.jsonl"
    assert find_run(stored.results, os.fspath(path)) == path
    assert find_run(stored.results, "test").stem == newer  # of the suite of that name


def test_a_run_that_is_not_there_or_not_one_is_said_so(stored: Stored, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="several runs begin so"):
        find_run(stored.results, "202611")
    with pytest.raises(StoreError, match="no run or suite is called so"):
        find_run(stored.results, "2025")
    with pytest.raises(StoreError, match="there are no stored runs"):
        find_run(tmp_path / "elsewhere", "latest")


def test_a_file_of_another_schema_is_refused(tmp_path: Path) -> None:
    line, _ = seal(b'{"kind":"run","schema":"contend.run/9"}', "")
    path = tmp_path / "other.jsonl"
    path.write_bytes(line)
    with pytest.raises(StoreError, match="line 1 is of another version"):
        read_run(path)
