"""A gate's flow: blocks until a look decides, each stored; and real servers under it."""

import dataclasses
import itertools
import json
import os
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from anything_goes import ANYTHING_GOES
from conftest import Contend
from contend import cli
from contend.blocks.burst import Setup
from contend.blocks.record import BlockRecord
from contend.blocks.shape import Shape, WarmUp
from contend.cli import gate_options, gate_run
from contend.cli.gate_options import Flags, asked_for
from contend.durations import format_clock
from contend.errors import ExitCode, StoreError, TargetError, UsageError
from contend.gate.block import BASELINE, CANDIDATE, SCHEMA, SIDES, GateHeader, turns
from contend.gate.decide import Looks, decide, least_blocks
from contend.gate.document import INCONCLUSIVE, INVALID, PASS, REGRESSION
from contend.gate.figures import FIGURES, with_deltas
from contend.gate.measure import BlockRunner
from contend.gate.run import BLOCK_S, Outcome, looks_within, replay, run_gate, shortest_s
from contend.gate.settings import GateSettings
from contend.gate.store import GateWriter, read_gate
from contend.gate.worktree import worktree
from contend.machine import counters, frequency
from contend.machine.cores import available_cores, divide
from contend.machine.environment import Environment, Machine, Software
from contend.reports import gate_junit, gate_text, interval_plot
from contend.suites.request_class import Match, RequestClass
from contend.trials.validity import LIMITS, Limits
from made_workloads import SERVER
from msgspec.structs import replace
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


URL = "http://127.0.0.1:{port}/"


def gated(
    tmp_path: Path,
    measure: Callable[[int], BlockRecord | None],
    time_is_over: Callable[[], bool] = lambda: False,
    most_blocks: int = HEADER.most_blocks,
) -> tuple[Outcome, Path]:
    header = replace(HEADER, most_blocks=most_blocks)
    with GateWriter.create(tmp_path, header) as writer:
        return run_gate(header, writer, measure, time_is_over), writer.path


def test_a_regression_ends_a_gate_at_its_first_look(tmp_path: Path) -> None:
    outcome, path = gated(tmp_path, lambda number: block(number, worse=1.2))
    assert (outcome.document.verdict, outcome.document.blocks) == (REGRESSION, 12)
    stored = read_gate(path)
    assert stored.complete and len(stored.blocks) == 12 and stored.header == HEADER


def test_a_gate_ends_with_its_time(tmp_path: Path) -> None:
    over = itertools.chain([False] * 4, itertools.repeat(True))
    outcome, _ = gated(tmp_path, block, lambda: next(over))
    assert (outcome.document.verdict, outcome.document.blocks) == (INCONCLUSIVE, 5)
    assert not outcome.is_interrupted


def test_dropped_blocks_bring_no_look_nearer(tmp_path: Path) -> None:
    outcome, _ = gated(tmp_path, lambda n: block(n, worse=1.2, dropped=n % 2 == 0))
    assert (outcome.document.blocks, outcome.document.dropped_blocks) == (12, 11)


def test_an_interrupted_gate_keeps_its_blocks(tmp_path: Path) -> None:
    outcome, path = gated(tmp_path, lambda number: block(number) if number < 4 else None)
    assert outcome.is_interrupted and outcome.document.blocks == 3
    stored = read_gate(path)
    assert not stored.complete and len(stored.blocks) == 3
    assert replay(stored.header, stored.blocks, stored.complete) == outcome.document


def test_between_two_looks_nothing_is_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However clear it would be."""
    blocks = [block(number, worse=1.2) for number in range(1, 15)]
    looks = Looks(100)
    assert looks.at[0] == 20 and decide(FIGURES, blocks, looks, seed=1).verdict == REGRESSION
    outcome, path = gated(
        tmp_path, lambda n: blocks[n - 1] if n < 15 else None, most_blocks=looks.most_blocks
    )
    assert (outcome.document.verdict, outcome.document.blocks) == (INCONCLUSIVE, 14)
    assert outcome.document.reasons == ("it was interrupted before a look decided",)
    assert {one.verdict for one in outcome.document.metrics} == {INCONCLUSIVE}
    assert cli.run(["gate", "--stored", str(path)]) == ExitCode.NOT_VALID
    assert "interrupted before a look decided" in capsys.readouterr().out


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


# Of SERVER: what its handler does first.
MUTE_AFTER_TWO_SECONDS = """def do_GET(self):
        import time
        first = self.server.__dict__.setdefault('first', time.monotonic())
        if time.monotonic() > first + 2:
            time.sleep(60)"""
BURNS_A_MILLISECOND = """def do_GET(self):
        import time
        end = time.thread_time() + 0.001
        while time.thread_time() < end:
            pass"""

# --- with servers ---------------------------------------------------------------------------------


def command(tmp_path: Path, name: str, program: str) -> str:
    path = tmp_path / f"{name}.py"
    path.write_text(program, encoding="utf-8")
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(path))} {{port}}"


SHORT = Shape(
    burst_ns=30_000_000,
    lead_ns=5_000_000,
    timeout_ns=500_000_000,
    warm_up=WarmUp(window_ns=50_000_000, most_ns=500_000_000, connections=4),
)


def runner(
    tmp_path: Path,
    candidate: str = SERVER,
    baseline: str = SERVER,
    match: Match = "bytes",
    limits: Limits = LIMITS,
) -> BlockRunner:
    settings = GateSettings(
        baseline=command(tmp_path, "baseline", baseline),
        candidate=command(tmp_path, "candidate", candidate),
        url="http://127.0.0.1:{port}/hello",
        classes=(RequestClass("GET /hello", path="/hello"),),
        matches=(match,),
        connections=4,
        open_rounds=5,
        closed_rounds=3,
        ready_timeout_s=1.0 if "500 if known" in candidate else 10.0,
    )
    setup = Setup(divide(available_cores()), SHORT, time.sleep)
    return BlockRunner(settings, setup, ENVIRONMENT, limits=limits)


def test_a_block_is_judged_by_the_limits_that_are_given(tmp_path: Path) -> None:
    """No machine keeps within these."""
    found = runner(tmp_path, limits=Limits(stolen_share=-1.0)).measure(1, rate_per_s=500.0)
    assert "of the machine's time was stolen" in (found.dropped or "")
    assert all("stolen by its host" in " ".join(one.reasons) for one in found.bursts)


def test_a_block_has_both_sides_in_turns(tmp_path: Path) -> None:
    found = runner(tmp_path).measure(1, rate_per_s=500.0)
    assert found.number == 1
    for side in SIDES:
        bursts = found.of(side)
        loads = [found.load(one.load) for one in bursts]
        assert sorted(one.arrivals for one in loads) == ["closed"] * 3 + ["poisson"] * 5
        assert {one.rate_per_s for one in loads if one.is_open} == {500.0}
        assert all(not one.errors and one.completed > 0 for one in bursts)
        assert sum(one.server_cpu_ns for one in bursts) > 0
    lanes = [one.lane for one in found.bursts]
    assert all({*lanes[at : at + 2]} == {*SIDES} for at in range(0, 16, 2))
    assert {*SIDES} == set(lanes[::2]), "neither side always comes first"
    assert [len(turns(found, is_open)) for is_open in (True, False)] == [5, 3]


def test_other_bodies_are_a_change_of_behaviour(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="its body is b'World', and was b'Hello': a change of"):
        runner(tmp_path, candidate=SERVER.replace('b"Hello"', 'b"World"')).checked()


def test_json_that_is_written_otherwise_is_no_change_of_behaviour(tmp_path: Path) -> None:
    spaced, tight = (SERVER.replace('b"Hello"', repr(one)) for one in (b'{"a": 1}', b'{"a":1}'))
    with pytest.raises(TargetError, match="a change of behaviour"):
        runner(tmp_path, spaced, tight).checked()
    found = runner(tmp_path, spaced, tight, match="json").checked()
    assert found.held is not None
    assert found.held[BASELINE][0].expect_body == b'{"a":1}'
    assert found.held[CANDIDATE][0].expect_body == b'{"a": 1}'
    assert not any(one.errors for one in found.measure(1, rate_per_s=200.0).bursts)


def test_a_body_that_always_differs_is_none(tmp_path: Path) -> None:
    changing = SERVER.replace('b"Hello"', "str(__import__('time').monotonic_ns()).encode()")
    runner(tmp_path, candidate=changing, baseline=changing).checked()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.exit('no database')", "candidate: exited with 1; it said: no database"),
        (
            SERVER.replace("200 if known", "500 if known"),
            "not ready after .*GET /hello: status 500",
        ),
    ],
)
def test_a_candidate_that_is_broken_is_said_so(tmp_path: Path, program: str, said: str) -> None:
    with pytest.raises(TargetError, match=said):
        runner(tmp_path, candidate=program).checked()


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


def test_a_build_that_is_stopped_goes_on_nowhere(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    git = ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "old"], check=True)
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    build = f"sleep 1000 & echo $! > {shlex.quote(str(begun))}; wait"
    asked = ["--candidate", "x {port}", "--url", URL, "--baseline-ref", "HEAD", "--build", build]
    process = subprocess.Popen(
        [sys.executable, "-m", "contend", "gate", *asked], cwd=repository, stderr=subprocess.PIPE
    )
    builder = os.pidfd_open(int(begun.read_text()))
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED and b"interrupted" in said
    with os.fdopen(builder) as ended:
        assert select.select([ended], [], [], 10.0)[0], "it builds on"
    listed = subprocess.run([*git, "worktree", "list"], check=True, capture_output=True)
    assert len(listed.stdout.splitlines()) == 1


def test_a_baseline_that_is_named_is_not_the_files_revision(tmp_path: Path) -> None:
    path = tmp_path / "contend.toml"
    path.write_text(
        f'[server]\ncandidate = "x {{port}}"\nurl = "{URL}"\nbaseline_ref = "v1"\nbuild = "make"\n'
    )
    own = asked_for(Flags(), path)
    assert (own.revision, own.build) == ("v1", "make")
    named = asked_for(Flags(baseline="y {port}"), path)
    assert (named.revision, named.build, named.settings.baseline) == (None, None, "y {port}")
    other = asked_for(Flags(baseline_ref="v2"), path)
    assert (other.revision, other.build) == ("v2", "make")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "--candidate: is needed"),
        (["--candidate", "x"], "--url: is needed"),
        (["--candidate", "x {port}", "--url", "http://127.0.0.1:80/"], "--url: names no {port}"),
        (["--candidate", "x", "--url", URL], "--candidate: names no {port}"),
        (["--candidate", "x {port}", "--baseline", "y", "--url", URL], "--baseline: names no"),
        (["--candidate", "x {port}", "--url", "http://10.0.0.1:{port}/"], "10.0.0.1 is elsewhere"),
        (
            ["--candidate", "x {port}", "--url", "ftp://x:{port}/"],
            "no http://, https:// or unix: URL",
        ),
        (["--candidate", "x {port}", "--url", URL, "--delta", "p99"], "is no delta"),
        (["--candidate", "x {port}", "--url", URL, "--delta", "p42=1%"], "no figure"),
        (["--candidate", "x {port}", "--url", URL, "--max-time", "60s"], "--max-time: 60s is too"),
        (["--candidate", "x {port}", "--url", URL, "--rate", "0"], "--rate: 0"),
        (["--candidate", "'x {port}", "--url", URL], "--baseline: no command: No closing"),
        (["--stored", "/nowhere.jsonl"], "can't be read"),
    ],
)
def test_bad_input_is_said_in_a_line(
    given: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # where no contend.toml is
    assert cli.run(["gate", *given, "--results", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("contend: ") and said in lines[0]
    assert not list(tmp_path.glob("gates/*"))


def test_the_least_time_is_said_before_and_after(contend: Contend) -> None:
    """As the number of blocks has it, whatever that is."""
    least = format_clock(least_blocks() * BLOCK_S)
    assert least in " ".join(contend("gate", "--help").out.replace("│", " ").split())
    asked = ("gate", "--candidate", "x {port}", "--url", URL, "--max-time", "60s")
    said = contend(*asked).complaint
    assert f"however few the figures, {least_blocks()} blocks are the least" in said
    assert f"they take {least}; try --max-time " in said
    offered = said.rpartition("--max-time ")[2].split()[0]
    assert gate_options.max_time_s(offered) > shortest_s()
    assert gate_options.max_time_s(f"{shortest_s():g}s") == shortest_s()
    with pytest.raises(UsageError, match="is too short for any verdict"):
        gate_options.max_time_s(f"{shortest_s() - 1:g}s")


def test_what_passes_is_what_is_the_same(tmp_path: Path) -> None:
    outcome, _ = gated(tmp_path, block)
    assert outcome.document.verdict == PASS


def test_a_side_whose_cores_ran_faster_spoils_a_block() -> None:
    khz = {0: "2000000\n", 1: "2100000\n"}
    found = frequency.read_khz([0, 1], lambda path: khz[int(path.split("/cpu")[2].split("/")[0])])
    assert found == 2_050_000
    assert frequency.read_khz([0], lambda path: None) is None
    assert frequency.why_unequal({BASELINE: [found, found], CANDIDATE: [found]}) is None
    assert frequency.why_unequal({BASELINE: [None, None], CANDIDATE: [None, None]}) is None
    assert frequency.why_unequal({BASELINE: [2_000_000], CANDIDATE: [None]}) is None
    assert frequency.why_unequal({BASELINE: [2_000_000], CANDIDATE: [1_500_000]}) == (
        "the servers' cores ran at 1500 MHz for candidate and 2000 MHz for baseline"
    )


def test_counters_count_a_process_and_what_it_starts() -> None:
    """By nanoseconds on a core, which every machine counts; instructions are counted alike."""
    burn = "sum(range(3_000_000))"
    program = (
        f"import threading as t; input(); thread = t.Thread(target=lambda: {burn});"
        f"thread.start(); thread.join(); {burn}; print(flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    with process, counters.counting([process.pid], 1, counters.TASK_CLOCK) as counted:
        if counted is None:
            process.communicate("\n\n")
            pytest.skip("this machine lets nothing be counted")
        before = counted.read()
        process.stdin.write("\n")
        process.stdin.flush()
        process.stdout.readline()
        counted_ns = counted.read() - before
        process.communicate("\n")
    assert counted_ns > 20_000_000


def test_nothing_is_counted_of_a_process_that_is_gone() -> None:
    with counters.counting([4_194_305]) as counted:
        assert counted is None


def test_instructions_are_a_figure_where_they_are_counted() -> None:
    def counted(number: int) -> BlockRecord:
        made = block(number)
        bursts = (replace(one, instructions=1000 * one.completed) for one in made.bursts)
        return replace(made, bursts=tuple(bursts))

    without = decide(FIGURES, [block(n) for n in range(1, 13)], Looks(12), seed=1)
    assert "instructions_per_request" not in [one.name for one in without.metrics]
    found = decide(FIGURES, [counted(n) for n in range(1, 13)], Looks(12), seed=1)
    (one,) = (one for one in found.metrics if one.name == "instructions_per_request")
    assert one.ratio == 1.0 and one.baseline == pytest.approx(1000) and one.verdict == PASS


def test_a_small_plot_shows_what_is_allowed() -> None:
    found = decide(FIGURES, [block(n, worse=1.2) for n in range(1, 13)], Looks(12), seed=1)
    plot = list(interval_plot.lines(found.metrics))
    assert plot[0].startswith("server_cpu_per_request  ") and plot[0].endswith("►")
    assert len({len(line) for line in plot}) == 1
    assert "```text" in gate_text.markdown(found)


@pytest.mark.slow
def test_a_candidate_that_stops_answering_under_load_is_a_regression(tmp_path: Path) -> None:
    """And no noisy machine: its blocks are kept, and their errors judged."""
    mute = SERVER.replace("def do_GET(self):", MUTE_AFTER_TWO_SECONDS)
    assert mute != SERVER
    asked = runner(tmp_path, mute, limits=ANYTHING_GOES)
    hasty = dataclasses.replace(asked.setup, shape=replace(SHORT, timeout_ns=50_000_000))
    settings = dataclasses.replace(asked.settings, open_rounds=40)
    found = dataclasses.replace(asked, setup=hasty, settings=settings).measure(1, rate_per_s=200.0)
    assert found.dropped is None
    failed = [sum(one.failed for one in found.of(side)) for side in SIDES]
    assert failed[0] == 0 and failed[1] > 20


def test_errors_are_a_row_and_a_test_case_and_invalid_is_no_regression() -> None:
    blocks = [block(n, errors=4) for n in range(1, 51)]
    found = decide(FIGURES, blocks, Looks(50), seed=1)
    assert any("errors" in str(line) for line in gate_text.render(found))
    assert 'name="errors"><failure' in gate_junit.render(found).decode()
    noisy = decide(
        FIGURES, [block(n, worse=2.0, dropped=n % 3 > 0) for n in range(60)], Looks(50), 1
    )
    assert b"<failure" not in gate_junit.render(noisy)
    assert {one.verdict for one in noisy.metrics} == {INVALID}


def test_a_pass_waits_for_a_tail_that_will_be_known() -> None:
    """At its first looks a tail has too few requests; by the last one it will have enough."""
    wide = with_deltas(dict.fromkeys(("server_cpu_per_request", "goodput", "p50", "p90"), 0.5))
    early = decide(wide, [block(n) for n in range(1, 13)], Looks(50), seed=1)
    assert early.verdict == INCONCLUSIVE and not early.is_final
    assert early.reasons[-1] == "p99 will be known well enough before block 50"
    assert decide(wide, [block(n) for n in range(1, 13)], Looks(12), seed=1).verdict == PASS


def test_the_command_gates_servers(
    tmp_path: Path, contend: Contend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """End to end, with bursts so short that a figure must be far worse to be called so: its flow,
    its files and its verdicts."""
    few = partial(GateSettings, open_rounds=2, closed_rounds=2)
    monkeypatch.setattr(gate_options, "GateSettings", few)
    short = partial(Shape, burst_ns=20_000_000, lead_ns=5_000_000)
    monkeypatch.setattr(gate_run, "Shape", short)
    warm_up = partial(WarmUp, window_ns=50_000_000, most_ns=500_000_000)
    monkeypatch.setattr(gate_run, "WarmUp", warm_up)
    monkeypatch.setattr("contend.gate.figures.STALL", float("inf"))
    monkeypatch.setattr("contend.gate.run.BLOCK_S", 5.0)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(tmp_path)
    cores = available_cores()
    same = command(tmp_path, "same", SERVER)
    slow = command(tmp_path, "slow", SERVER.replace("def do_GET(self):", BURNS_A_MILLISECOND))
    worse = {one.name: "900%" if one.higher_is_worse else "99%" for one in FIGURES}
    roughly = [part for name in worse for part in ("--delta", f"{name}={worse[name]}")]
    for candidate, code, verdict in ((same, 0, PASS), (slow, 1, REGRESSION)):
        files = ("--json", "gate.json", "--junit", "gate.xml", "--markdown", "gate.md")
        sides = ("--baseline", same, "--candidate", candidate, "--url", URL + "hello")
        given = ("--max-time", "60s", "--results", "store", "--connections", "4")
        said = contend("gate", *sides, *given, *files, *roughly, limits=ANYTHING_GOES)
        document = json.loads(Path("gate.json").read_text())
        assert document["schema"] == "contend.gate/1" and document["run"]
        assert (said.code, document["verdict"]) == (code, verdict), said.out
        assert (document["blocks"], document["dropped_blocks"]) == (12, 0)
        assert "advisory" in said.out and "--connections 4" in document["again"]
        assert available_cores() == cores, "the next gate has all of them"
    assert len(list(Path("store/gates").iterdir())) == 2
