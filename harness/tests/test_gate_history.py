"""Stored gates over time, their change points, and the search for a commit."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Contend
from contend.blocks.record import BlockRecord
from contend.cli.change_points import change_points, from_document
from contend.errors import UsageError
from contend.files.paths import change_points_program
from contend.gate.bisect import Found, bisect
from contend.gate.block import GateClosing, GateRun
from contend.gate.decide import Looks, decide
from contend.gate.document import (
    INCONCLUSIVE,
    INVALID,
    PASS,
    REGRESSION,
    GateDocument,
    Verdict,
)
from contend.gate.history import GateSeries, history, valid
from contend.gate.run import replay
from contend.gate.store import GateWriter
from contend.gate.worktree import commits_between
from contend.reports import otava
from msgspec.structs import replace
from test_gate_decide import block
from test_gate_run import HEADER


def gate(number: int, worse: float = 1.0, **changes: Any) -> GateRun:
    started = f"2026-11-{number:02}T00:00:00Z"
    header = replace(HEADER, started=started, commit=f"{number:040x}", most_blocks=12, **changes)
    blocks = tuple(block(100 * number + one, worse=worse) for one in range(1, 13))
    return GateRun(f"gate-{number}", header, blocks, complete=True)


def series(*factors: float) -> GateSeries:
    runs = [gate(number, worse=factor) for number, factor in enumerate(factors, start=1)]
    (found,) = history(runs).series
    return found


def test_gates_of_one_baseline_make_a_series() -> None:
    others = [gate(4, baseline="another"), gate(5, revision="abc"), gate(6, candidate="another")]
    others.append(gate(7, injected="none"))
    found = history([gate(1), gate(2, worse=1.1), gate(3), *others])
    assert [len(one.points) for one in found.series] == [3, 1, 1, 1]
    ratios = [point.metrics[0].ratio for point in found.series[0].points]
    assert ratios == [pytest.approx(1, rel=0.02), pytest.approx(1.1, rel=0.02), ratios[2]]
    assert found.series[0].points[1].verdict == REGRESSION
    assert found.series[0].points[0].commit == f"{1:040x}"


def test_an_unfinished_gate_is_no_point() -> None:
    assert history([replace(gate(1), complete=False)]).series == ()


def test_a_finished_gate_is_decided_once_and_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its end, which was the first look that decided."""
    blocks = [block(number, worse=1.012) for number in range(1, 51)]
    header = replace(HEADER, most_blocks=50)
    ended = next(at for at in Looks(50).at if replay(header, blocks[:at]).is_final)
    assert ended > Looks(50).at[0]
    looked: list[int] = []

    def counting(figures: Any, of: Sequence[BlockRecord], looks: Looks, seed: int) -> GateDocument:
        looked.append(len(of))
        return decide(figures, of, looks, seed)

    monkeypatch.setattr("contend.gate.run.decide", counting)
    step_by_step = replay(header, blocks[:ended])
    taken, looked[:] = tuple(looked), []
    assert replay(header, blocks[:ended], is_complete=True) == step_by_step
    assert (taken[:1], looked) == ((12,), [ended])
    tried = replace(header, injected="none")  # it went on after it had decided
    assert replay(tried, blocks, is_complete=True) == step_by_step


def test_a_gate_that_could_say_nothing_is_no_value_of_a_series() -> None:
    noisy = gate(2)
    dropped = tuple(replace(one, dropped="noise") for one in noisy.blocks)
    (found,) = history([gate(1), replace(noisy, blocks=dropped)]).series
    assert [one.verdict for one in found.points] == [PASS, INVALID]
    assert len(otava.points_csv(valid(found)).splitlines()) == 2


def test_a_series_is_written_for_otava() -> None:
    found = series(1.0, 1.1)
    head, *rows = otava.points_csv(found).decode().splitlines()
    assert head.startswith("time,gate,commit,server_cpu_per_request,goodput,p50,p90,p99")
    assert len(rows) == 2 and rows[0].startswith("2026-11-01T00:00:00Z,gate-1,")
    yaml = otava.tests_yaml(found, "gates.csv").decode()
    assert "goodput:\n        column: goodput\n        direction: 1" in yaml
    assert "p50:\n        column: p50\n        direction: -1" in yaml


def changed(metric: str, day: int) -> dict[str, Any]:
    time = 1793491200 + 86400 * (day - 1)  # 2026-11-01 and so many days after
    change = {"metric": metric, "mean_before": "1.0", "mean_after": "1.1"}
    return {"time": time, "changes": [change]}


def test_a_change_point_has_two_gates_on_either_side() -> None:
    found = series(1.0, 1.0, 1.0, 1.1, 1.1, 1.0)
    (point,) = from_document([changed("p50", 4)], found)
    assert (point.figure, point.gate, point.after) == ("p50", "gate-4", 1.1)
    assert list(from_document([changed("p50", 6)], found)) == []
    assert list(from_document([changed("p50", 2)], found)) == []


@pytest.mark.skipif(change_points_program() is None, reason="scripts/setup --change-points")
def test_otava_reads_what_is_written_and_finds_the_change() -> None:
    found = change_points(series(*([1.0] * 8), *([1.2] * 8)))
    cpu = [one for one in found if one.figure == "server_cpu_per_request"]
    assert [one.gate for one in cpu] == ["gate-9"]
    assert cpu[0].after / cpu[0].before == pytest.approx(1.2, rel=0.02)
    goodput = next(one for one in found if one.figure == "goodput")
    assert goodput.after < goodput.before


def test_without_otava_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contend.cli.change_points.change_points_program", lambda: None)
    with pytest.raises(UsageError, match="Apache Otava is not installed; try scripts/setup"):
        change_points(series(1.0))


def searched(verdicts: Sequence[Verdict]) -> Found:
    by_name = {str(number): verdict for number, verdict in enumerate(verdicts)}
    return bisect(list(by_name), by_name.__getitem__)


@pytest.mark.parametrize("culprit", range(9))
def test_the_first_bad_commit_is_found(culprit: int) -> None:
    found = searched([PASS] * culprit + [REGRESSION] * (9 - culprit))
    assert found.culprit == str(culprit)
    assert len(found.verdicts) <= 5


def test_nothing_is_blamed_without_a_clear_verdict() -> None:
    assert searched([PASS, PASS]).why_not == "1 is no regression: pass"
    found = searched([PASS, INCONCLUSIVE, REGRESSION])
    assert found.culprit is None and found.why_not is not None
    assert found.why_not.startswith("1 is inconclusive; it is between")


def test_commits_between_two_revisions(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    for number in range(3):
        message = ["commit", "--quiet", "--allow-empty", "-m", str(number)]
        subprocess.run([*git, *message], check=True)
    found = commits_between(tmp_path, "HEAD~2", "HEAD")
    assert len(found) == 2
    with pytest.raises(UsageError, match="no commits lie between them"):
        commits_between(tmp_path, "HEAD", "HEAD")
    with pytest.raises(UsageError, match="revision nowhere: git knows no such commit"):
        commits_between(tmp_path, "nowhere", "HEAD")


def stored(folder: Path) -> None:
    for number, factor in enumerate((1.0, 1.1, 1.1), start=1):
        run = gate(number, worse=factor)
        with GateWriter.create(folder, run.header) as writer:
            for one in run.blocks:
                writer.append(one)
            writer.append(GateClosing("2026-11-25T00:00:00Z", 11, "pass"))


def test_the_command_shows_all_of_it(tmp_path: Path, contend: Contend) -> None:
    stored(tmp_path)
    said = contend("history", "--results", str(tmp_path), "--json", str(tmp_path / "h.json"))
    assert said.code == 0
    assert said.out.count(" regression  ") == 2
    assert f"{1:040x}"[:12] in said.out
    assert said.out.count("stored as pass, and regression by its blocks") == 2
    document = json.loads((tmp_path / "h.json").read_text())
    first, *others = [one["gate"] for one in document["series"][0]["points"]]
    assert document["mismatches"] == [
        {"gate": one, "stored": "pass", "computed": "regression"} for one in others
    ]
    again = contend("gate", "--stored", str(tmp_path / "gates" / f"{others[0]}.jsonl"))
    assert again.code == 1
    assert "its stored verdict is pass, and regression comes of its blocks" in again.out
    same = contend("gate", "--stored", str(tmp_path / "gates" / f"{first}.jsonl"), "--json", "-")
    assert same.code == 0 and json.loads(same.out)["stored_verdict"] is None
    assert document["schema"] == "contend.history/1"
    assert len(document["series"][0]["points"]) == 3
    table = contend("history", "--results", str(tmp_path), "--otava-csv", "-").out
    assert len(table.splitlines()) == 4


def test_an_empty_store_and_no_range_are_said(tmp_path: Path, contend: Contend) -> None:
    assert "no finished gate" in contend("history", "--results", str(tmp_path)).out
    done = contend("history", "--results", str(tmp_path), "--bisect", "v1")
    assert done.code == 2 and "'v1' is no range; try OLD..NEW" in done.complaint
    done = contend("history", "--results", str(tmp_path), "--otava-csv", "-")
    assert done.code == 2


def test_a_changed_byte_is_named(tmp_path: Path, contend: Contend) -> None:
    stored(tmp_path)
    path = sorted((tmp_path / "gates").glob("*"))[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    done = contend("history", "--results", str(tmp_path))
    assert done.code == 2 and "has been changed" in done.complaint
