"""A gate's flow: blocks until a look decides, each stored; and real servers under it."""

import itertools
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from contend import cli
from contend.cores import available_cores, divide
from contend.environment import Environment, Machine, Software
from contend.errors import StoreError, TargetError, UsageError
from contend.gate.block import BASELINE, CANDIDATE, CLOSED, OPEN, SCHEMA, BlockRecord, GateHeader
from contend.gate.document import INCONCLUSIVE, PASS, REGRESSION
from contend.gate.figures import FIGURES
from contend.gate.measure import CLOSED_TURNS, OPEN_TURNS, BlockRunner, why_dropped
from contend.gate.run import Outcome, looks_within, run_gate
from contend.gate.settings import GateSettings
from contend.gate.store import GateWriter, read_gate
from contend.gate.worktree import worktree
from contend.request_class import RequestClass
from made_workloads import SERVER
from test_gate_decide import block

ENVIRONMENT = Environment(
    Machine("cpu", 2, "6.1", None, True, 1 << 30), Software("0.1.0", "abc", None, {})
)
HEADER = GateHeader(
    schema=SCHEMA,
    started="2026-11-25T01:02:03Z",
    seed=1,
    baseline="old --port {port}",
    candidate="new --port {port}",
    url="http://127.0.0.1:{port}/",
    requests=("GET /",),
    deltas={one.name: one.delta for one in FIGURES},
    most_blocks=50,
    rate_per_s=100.0,
    capacity_per_s=200.0,
    environment=ENVIRONMENT,
)


def gated(
    tmp_path: Path,
    measure: Callable[[int], BlockRecord | None],
    time_is_over: Callable[[], bool] = lambda: False,
) -> tuple[Outcome, Path]:
    with GateWriter.create(tmp_path, HEADER) as writer:
        return run_gate(HEADER, writer, measure, time_is_over), writer.path


def test_a_regression_ends_a_gate_at_its_first_look(tmp_path: Path) -> None:
    outcome, path = gated(tmp_path, lambda number: block(number, worse=1.2))
    assert (outcome.document.verdict, outcome.document.blocks) == (REGRESSION, 11)
    stored = read_gate(path)
    assert stored.complete and len(stored.blocks) == 11 and stored.header == HEADER


def test_a_gate_ends_with_its_time(tmp_path: Path) -> None:
    over = itertools.chain([False] * 4, itertools.repeat(True))
    outcome, _ = gated(tmp_path, block, lambda: next(over))
    assert (outcome.document.verdict, outcome.document.blocks) == (INCONCLUSIVE, 5)
    assert not outcome.is_interrupted


def test_dropped_blocks_bring_no_look_nearer(tmp_path: Path) -> None:
    outcome, _ = gated(tmp_path, lambda n: block(n, worse=1.2, dropped=n % 2 == 0))
    assert (outcome.document.blocks, outcome.document.dropped_blocks) == (11, 10)


def test_an_interrupted_gate_keeps_its_blocks(tmp_path: Path) -> None:
    outcome, path = gated(tmp_path, lambda number: block(number) if number < 4 else None)
    assert outcome.is_interrupted and outcome.document.blocks == 3
    stored = read_gate(path)
    assert not stored.complete and len(stored.blocks) == 3


def test_a_changed_byte_of_a_stored_gate_is_named(tmp_path: Path) -> None:
    _, path = gated(tmp_path, lambda number: block(number, worse=1.2))
    data = bytearray(path.read_bytes())
    data[data.index(b"HISTFAAA") + 12] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match="line 2 has been changed"):
        read_gate(path)


def test_a_stored_gate_is_judged_again_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, path = gated(tmp_path, lambda number: block(number, worse=1.2))
    said = []
    for name in ("first", "second"):
        files = [tmp_path / f"{name}.{kind}" for kind in ("json", "xml", "md")]
        options = [f"--{kind}" for kind in ("json", "junit", "markdown")]
        given = [part for pair in zip(options, map(str, files), strict=True) for part in pair]
        assert cli.run(["gate", "--stored", str(path), *given]) == 1
        said.append((capsys.readouterr().out, *(one.read_bytes() for one in files)))
    assert said[0] == said[1]
    assert "regression" in said[0][0] and "server_cpu_per_request" in said[0][0]


def test_the_number_of_blocks_comes_from_the_time() -> None:
    assert looks_within(600).most_blocks == 50


def test_a_noisy_block_is_dropped_whole() -> None:
    assert why_dropped(block(1).bursts) is None
    assert why_dropped(()) == "no bursts"


# --- with servers ---------------------------------------------------------------------------------


def command(tmp_path: Path, name: str, program: str) -> str:
    path = tmp_path / f"{name}.py"
    path.write_text(program, encoding="utf-8")
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(path))} {{port}}"


def runner(tmp_path: Path, candidate: str = SERVER, baseline: str = SERVER) -> BlockRunner:
    settings = GateSettings(
        baseline=command(tmp_path, "baseline", baseline),
        candidate=command(tmp_path, "candidate", candidate),
        url="http://127.0.0.1:{port}/hello",
        classes=(RequestClass("GET /hello", path="/hello"),),
        burst_ns=30_000_000,
        connections=4,
    )
    return BlockRunner(settings, divide(available_cores()), ENVIRONMENT)


def test_a_block_has_both_sides_in_turns(tmp_path: Path) -> None:
    found = runner(tmp_path).measure(1, rate_per_s=500.0)
    assert found is not None and found.number == 1
    assert len(found.bursts) == 2 * (OPEN_TURNS + CLOSED_TURNS - 1)
    for side in (BASELINE, CANDIDATE):
        bursts = found.of(side)
        assert {one.arrivals for one in bursts} == {OPEN, CLOSED}
        assert all(one.errors == 0 and one.completed > 0 for one in bursts)
        assert sum(one.server_cpu_ns for one in bursts) > 0
    first = [one.side for one in found.bursts[::2]]
    assert {BASELINE, CANDIDATE} == set(first), "neither side always comes first"


def test_other_bodies_are_a_change_of_behaviour(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="its body is b'World', and was b'Hello': a change of"):
        runner(tmp_path, candidate=SERVER.replace('b"Hello"', 'b"World"')).check_same()


def test_a_body_that_always_differs_is_none(tmp_path: Path) -> None:
    changing = SERVER.replace('b"Hello"', "str(__import__('time').monotonic_ns()).encode()")
    runner(tmp_path, candidate=changing, baseline=changing).check_same()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.exit('no database')", "candidate: exited with 1; it said: no database"),
        (SERVER.replace("200 if known", "500 if known"), "GET /hello: status 500"),
    ],
)
def test_a_candidate_that_is_broken_is_said_so(tmp_path: Path, program: str, said: str) -> None:
    with pytest.raises(TargetError, match=said):
        runner(tmp_path, candidate=program).check_same()


def test_a_candidate_that_ends_in_a_block_is_said_so(tmp_path: Path) -> None:
    dying = SERVER.replace(
        "def do_GET(self):", "def do_GET(self):\n        __import__('os')._exit(3)"
    )
    with pytest.raises(TargetError, match="candidate: exited with 3"):
        runner(tmp_path, candidate=dying).measure(1, rate_per_s=500.0)


def test_a_revision_is_built_beside_the_repository(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    git = ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    (repository / "version").write_text("old")
    subprocess.run([*git, "add", "version"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "old"], check=True)
    (repository / "version").write_text("new")
    with worktree(repository, "HEAD", "cp version built") as folder:
        assert (folder / "built").read_text() == "old"
    assert not folder.exists()
    with (
        pytest.raises(UsageError, match="--build at HEAD: exited with 3; it said: no compiler"),
        worktree(repository, "HEAD", "echo no compiler; exit 3"),
    ):
        pass
    with (
        pytest.raises(UsageError, match="revision nowhere"),
        worktree(repository, "nowhere", None),
    ):
        pass
    listed = subprocess.run([*git, "worktree", "list"], check=True, capture_output=True)
    assert len(listed.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "--candidate: is needed"),
        (["--candidate", "x"], "--url: is needed"),
        (["--candidate", "x {port}", "--url", "http://127.0.0.1:80/"], "--url: names no {port}"),
        (["--candidate", "x", "--url", "ftp://x/"], "no http:// URL"),
        (["--candidate", "x", "--url", "http://127.0.0.1/", "--delta", "p99"], "is no delta"),
        (["--candidate", "x", "--url", "http://127.0.0.1/", "--delta", "p42=1%"], "no figure"),
        (["--candidate", "x", "--url", "http://127.0.0.1/", "--max-time", "1m"], "--max-time: 11"),
        (["--candidate", "x", "--url", "http://127.0.0.1/", "--rate", "0"], "--rate: 0"),
        (["--candidate", " ", "--url", "http://127.0.0.1/"], "--baseline: no command"),
        (["--candidate", "'x", "--url", "http://127.0.0.1/"], "--baseline: no command: No closing"),
        (["--stored", "/nowhere.jsonl"], "can't be read"),
    ],
)
def test_bad_input_is_said_in_a_line(
    given: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["gate", *given, "--results", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("contend: ") and said in lines[0]
    assert not list(tmp_path.glob("gates/*"))


def test_what_passes_is_what_is_the_same(tmp_path: Path) -> None:
    outcome, _ = gated(tmp_path, block)
    assert outcome.document.verdict == PASS
