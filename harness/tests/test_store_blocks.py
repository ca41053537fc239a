"""Stored blocks: read as they were written, judged as they are read; and runs from before them."""

from pathlib import Path

import msgspec
import pytest
from contend.blocks.record import BlockRecord
from contend.errors import StoreError
from contend.files.chain import read_chain, seal
from contend.files.paths import checkout_root
from contend.findings.tables import build_tables
from contend.reports import csv, markdown
from contend.runs.record import SCHEMA, SCHEMAS, Closing, Run
from contend.runs.store import RunWriter, read_run
from contend.suites.suite import Grid
from contend.trials.brackets import Bracket
from contend.trials.validity import Limits
from made_blocks import CLOSED, OPEN, Made, disturbed, failed_block, made_block
from msgspec.structs import replace
from stored_runs import Fake, small_suite, stored_run
from test_store import header

LANES = {
    "a": Made(errors={"reset": 2}, shares={"json": 0.9, "cpu": 0.1}),
    "b": Made(lower_bounds=3),
}
BLOCK = made_block(1, LANES, (CLOSED, OPEN), rounds=3)
ALL = (BLOCK, failed_block(2, "b"), made_block(3, LANES, (CLOSED, OPEN), apart="b"))


def written(results: Path, *blocks: BlockRecord) -> Path:
    with RunWriter.create(results, header()) as writer:
        for one in blocks:
            writer.append(one)
        writer.append(Closing("2026-11-25T01:03:00Z", 0, len(blocks)))
    return writer.path


def test_blocks_read_as_they_were_written(tmp_path: Path) -> None:
    run = read_run(written(tmp_path, *ALL))
    assert run.complete and run.blocks == ALL and run.trials == ()


def test_what_is_read_is_written_again_byte_for_byte(tmp_path: Path) -> None:
    path = written(tmp_path / "first", *ALL)
    run = read_run(path)
    again = written(tmp_path / "again", *run.blocks)
    assert again.read_bytes() == path.read_bytes()
    payloads = read_chain(path.read_bytes()).payloads
    assert payloads[1] == msgspec.json.encode(BLOCK)
    assert payloads[1].startswith(b'{"kind":"block","number":1,')


def test_what_is_as_usual_takes_no_space(tmp_path: Path) -> None:
    """A block has many bursts."""
    plain = made_block(1, {"a": Made()})
    text = msgspec.json.encode(plain).decode()
    for word in ("errors", "classes", "idle_cpu_ns", "reasons", "khz", "dropped", "failed_lane"):
        assert f'"{word}"' not in text
    assert len(text) / len(plain.bursts) < 2000


def test_a_block_is_judged_as_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, disturbed(BLOCK, lambda one: one.lane == "a"))
    stored = path.read_bytes()
    (block,) = read_run(path).blocks
    assert block.dropped is not None and "bursts were disturbed" in block.dropped
    (lenient,) = read_run(path, Limits(longest_stall_ns=1e12)).blocks
    assert lenient.dropped is None and not any(one.reasons for one in lenient.bursts)
    assert path.read_bytes() == stored


MOVED = Bracket(1_000_000, 2_000_000, 1_000_000)


def moved(block: BlockRecord) -> BlockRecord:
    """Late sends may have moved quantiles of lane `a`, of all its requests and of a class."""
    brackets = {"": {"p90": MOVED}, "json": {"p99": MOVED, "p99.9": MOVED}}
    merged = (replace(one, brackets=brackets if one.lane == "a" else {}) for one in block.merged)
    return replace(block, merged=tuple(merged))


def test_what_late_sends_may_have_moved_is_withheld_as_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, moved(BLOCK))
    (block,) = read_run(path).blocks
    names = {"a": ("p90", "json.p99", "json.p99.9"), "b": ()}
    assert all(one.withheld == names[one.lane] for one in block.merged)
    assert all(one.withheld == names[one.lane] for one in block.bursts)
    (lenient,) = read_run(path, Limits(moved_share=1.0)).blocks
    assert lenient == moved(BLOCK)


def test_blocks_that_were_stored_with_lateness_instead_are_read(tmp_path: Path) -> None:
    """By how much it moved which quantile isn't known: what was withheld then stays so."""
    path = written(tmp_path, *ALL)
    lines, previous = [], ""
    for payload in read_chain(path.read_bytes()).payloads:
        record = msgspec.json.decode(payload)
        for one in record.get("merged", ()):
            one |= {"lateness": one["latency"], "withheld": ["p50"]}
        for one in record.get("bursts", ()):
            one |= {"late_ns": {"p99": 90_000}, "withheld": ["p50"]}
        line, previous = seal(msgspec.json.encode(record), previous)
        lines.append(line)
    assert b'"lateness"' in b"".join(lines)
    path.write_bytes(b"".join(lines))
    for block in read_run(path).blocks:
        for one in block.merged:
            assert one.withheld == ("p50", *(f"{of_class}.p50" for of_class in one.classes))
    assert any(one.merged for one in read_run(path).blocks)


def test_a_changed_byte_of_a_block_names_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, *ALL)
    data = bytearray(path.read_bytes())
    data[data.index(b"HISTFAAA") + 12] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match="line 2 has been changed"):
        read_run(path)


def test_a_torn_block_is_ignored_and_measured_again(tmp_path: Path) -> None:
    path = written(tmp_path, *ALL)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:-40])
    run = read_run(path)
    assert len(run.blocks) == 2 and not run.complete and run.torn is not None
    with RunWriter.resume(path) as writer:
        writer.append(ALL[2])
        writer.append(Closing("2026-11-25T01:03:00Z", 0, 3))
    assert path.read_bytes() == b"".join(lines)


def stored_before() -> Path:
    """A run of this project's own results."""
    root = checkout_root()
    assert root is not None
    (path,) = (root / "results" / "runs").glob("*-two-writes-78d4ea.jsonl")
    return path


def test_runs_that_were_stored_before_blocks_are_read_and_have_their_tables() -> None:
    run: Run = read_run(stored_before())
    assert run.header.schema == "contend.run/1" and run.header.schema in SCHEMAS
    assert run.complete and run.blocks == () and len(run.trials) > 10
    tables = build_tables(run)
    assert tables.is_conclusive
    rows = [row for table in tables.tables for row in table.rows if row.n]
    assert rows and all(table.unit == "trials" for table in tables.tables)
    assert all(row.figures for row in rows)
    assert any(row.comparisons for row in rows)
    assert markdown.render(tables) and csv.render(tables).count(b"\n") > len(rows)


def test_a_schema_that_is_to_come_is_refused_by_its_name(tmp_path: Path) -> None:
    assert SCHEMA == "contend.run/2"
    payload = msgspec.json.encode(replace(header(), schema="contend.run/3"))
    line, _ = seal(payload, "")
    path = tmp_path / "later.jsonl"
    path.write_bytes(line)
    with pytest.raises(StoreError, match=r"contend\.run/3"):
        read_run(path)


def test_a_run_in_blocks_has_the_same_tables_after_it_was_stored(tmp_path: Path) -> None:
    suite = small_suite(
        grid=(Grid(("node-http", "python-threads"), ("plaintext", "cpu-mix"), measure="blocks"),)
    )

    def figures(cell: object) -> Fake:
        is_mix = getattr(cell, "workload", "") == "cpu-mix"
        return Fake(3000.0, classes=("json", "cpu") if is_mix else ("plaintext",))

    run = stored_run(figures, suite)
    with RunWriter.create(tmp_path, run.header) as writer:
        for one in run.blocks:
            writer.append(one)
        writer.append(Closing("2026-11-25T01:03:00Z", 0, len(run.blocks)))
    again = replace(read_run(writer.path), id=run.id)
    assert build_tables(again) == build_tables(run)
    assert {row.n for table in build_tables(run).tables for row in table.rows} == {5}
