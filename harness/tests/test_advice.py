"""Advice by made runs: what is stored decides, and where nothing is, a measurement stands."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from contend.advice.advise import advise
from contend.advice.document import Advice, Answer, Candidate
from contend.advice.need import Need
from contend.cli import run as contend
from contend.findings.archive import archive_of
from contend.reports import advice_text
from contend.runs.record import Run
from contend.suites.backend import Backend
from contend.suites.cells import Cell, stated_cells
from contend.suites.suite import Grid, Suite
from msgspec.structs import replace
from stored_runs import MS_NS, Fake, small_suite, store, stored_run

SERVERS = ("express", "fastify", "flask", "fastapi")
LANGUAGE = dict(zip(SERVERS, ("JavaScript", "JavaScript", "Python", "Python"), strict=True))
COST_US = {"express": 50.0, "fastify": 30.0, "flask": 100.0, "fastapi": 200.0}
P99_MS = {"express": 5.0, "fastify": 3.0, "flask": 40.0, "fastapi": 8.0}
HELD = {"express": 63.0, "fastify": 63.0, "flask": 20.0, "fastapi": 60.0}  # of 64 that wait
ORM = "SQLAlchemy 2, ORM"
DATABASE = {"express": "better-sqlite3", "flask": ORM, "fastapi": ORM}


def grid(workload: str, **changes: object) -> Grid:
    return replace(Grid(SERVERS, (workload,), measure="blocks"), **changes)


SUITE = small_suite(
    grid=(
        *(grid(one) for one in ("json", "delay", "database", "sessions", "plaintext")),
        grid("plaintext", arrivals="poisson", busy=(0.5,)),
    ),
    reference=None,
    starts=6,
    budget="100h",
)
SUITES: Mapping[str, Suite] = {"full": SUITE}
BACKENDS = {
    name: Backend(
        f"The server {name}",
        LANGUAGE[name],
        "one thread",
        "idiomatic",
        ("x",),
        ("json", "plaintext", "delay", "sessions", "events")
        + (("chat",) if LANGUAGE[name] == "JavaScript" else ())
        + (("database",) if name in DATABASE else ()),
        needs={"database": "needs package: one", "chat": "needs package: flask-sock"},
        provides={"database": DATABASE[name]} if name in DATABASE else {},
    )
    for name in SERVERS
}


def figures(cell: Cell) -> Fake:
    cost = COST_US[cell.backend] * (4 if cell.workload in ("database", "sessions") else 1)
    held = HELD[cell.backend] / 0.010
    return Fake(
        goodput_per_s=held if cell.workload == "delay" else 1e6 / cost,
        cpu_ns=1e3 * cost,
        p99_ns=P99_MS[cell.backend] * MS_NS,
        classes=(cell.workload,),
    )


@pytest.fixture(scope="module")
def made() -> Run:
    return stored_run(figures, SUITE, run_id="20260102T030405Z-full-0a1b2c")


def advice(run: Run | None, **need: object) -> Advice:
    asked = Need(**({"rate": 1000.0} | need))  # type: ignore[arg-type]
    return advise(asked, archive_of([run] if run else []), BACKENDS, SUITES)


def order(found: Advice) -> list[str]:
    return [one.backend for one in found.candidates]


def of(found: Advice, name: str) -> Candidate:
    return next(one for one in found.candidates if one.backend == name)


def answer(found: Advice, name: str, asks: str) -> Answer:
    return next(one for one in of(found, name).answers if asks in one.asks)


def test_what_costs_least_stands_first_where_all_meet_all(made: Run) -> None:
    found = advice(made)
    assert found.tells and order(found) == ["fastify", "express", "flask", "fastapi"]
    assert {one.verdict for one in found.margins} == {"faster"}
    assert found.margins[0].ratio == pytest.approx(0.6, rel=0.05)


def test_cores_are_the_rates_work_on_cores_that_are_not_full(made: Run) -> None:
    found = advice(made, rate=20_000.0)
    assert (of(found, "fastify").least_cores, of(found, "fastify").most_cores) == (1, 1)
    assert of(found, "fastapi").most_cores == 6  # 4 cores' work at 70%, and the interval's end
    assert order(found)[-1] == "fastapi"


def test_fewer_cores_than_it_takes_are_missed(made: Run) -> None:
    found = advice(made, rate=20_000.0, cores=2)
    assert answer(found, "fastify", "requests/s").is_met is True
    assert answer(found, "fastapi", "requests/s").is_met is False
    assert found.tells


def test_an_objective_turns_the_order(made: Run) -> None:
    found = advice(made, p99="6ms")
    assert answer(found, "fastify", "p99").is_met is True
    assert answer(found, "flask", "p99").is_met is False
    assert order(found)[:2] == ["fastify", "express"]
    assert not advice(made, p99="1ms").tells


def test_the_teams_language_leaves_the_others_out(made: Run) -> None:
    assert order(advice(made, language="Python")) == ["flask", "fastapi"]


def test_an_object_mapper_is_a_matter_of_what_they_bring(made: Run) -> None:
    found = advice(made, orm=True)
    assert order(found)[:2] == ["flask", "fastapi"]
    assert answer(found, "express", "object mapper").is_met is False
    assert "better-sqlite3" in answer(found, "express", "object mapper").says


def test_waiting_is_held_at_once_by_littles_law(made: Run) -> None:
    found = advice(made, rate=4000.0, wait="10ms")  # 40 at once
    assert answer(found, "fastify", "wait").is_met is True
    said = answer(found, "flask", "wait")
    assert said.is_met is True and "2 cores or more" in said.says


def test_more_than_were_there_are_not_known(made: Run) -> None:
    found = advice(made, rate=100_000.0, wait="10ms")
    said = answer(found, "fastify", "wait")
    assert said.is_met is None and "more were not there to be held" in said.says
    assert said.measure == ""  # no suite here has more of them


def test_who_can_not_chat_misses_it_and_who_was_not_measured_is_unknown(made: Run) -> None:
    found = advice(made, real_time="chat", connections=500)
    assert answer(found, "flask", "chat").is_met is False
    assert answer(found, "express", "chat").is_met is None
    assert order(found)[:2] == ["fastify", "express"] and not found.tells


def test_events_that_were_not_measured_are_a_measurement(made: Run) -> None:
    found = advice(made, real_time="events")
    assert all(answer(found, name, "events").is_met is None for name in SERVERS)


def test_ones_own_cpu_is_in_the_cost_and_its_tail_is_a_measurement(made: Run) -> None:
    found = advice(made, cpu="2ms", p99="50ms")
    assert of(found, "fastify").cost_us == pytest.approx(2030, rel=0.02)
    said = answer(found, "fastify", "p99")
    assert said.is_met is None and "contend serve event-loop --handler cpu=2ms" in said.measure
    assert said.measure in found.measure


def test_taking_the_data_away_turns_it_into_a_measurement(made: Run) -> None:
    for need in ({}, {"orm": True}, {"sessions": True}, {"p99": "6ms"}, {"wait": "10ms"}):
        assert advice(made, **need).candidates[0].unknown == 0
        found = advice(None, **need)
        assert not found.tells and found.candidates[0].unknown > 0
        assert "contend suite full" in found.measure


def test_every_sentence_with_a_number_names_its_cell(made: Run) -> None:
    found = advice(made, p99="6ms", wait="10ms", rate=500.0)
    cells = {(cell.workload, cell.load.word) for cell in stated_cells(SUITE)}
    for one in found.candidates:
        for said in one.answers:
            assert said.cited is not None
            assert said.cited.run == made.id
            assert (said.cited.workload, said.cited.load) in cells


def test_its_text_says_first_who_and_last_what_is_not_known(made: Run) -> None:
    lines = [one.plain for one in advice_text.render(advice(made, p99="6ms"))]
    assert lines[0] == "need: 1,000 requests/s, p99 ≤ 6ms, 64 connections"
    assert lines[3] == "fastify (JavaScript)"
    text = "\n".join(lines)
    assert "✓ p99 ≤ 6ms" in text and "✗ p99 ≤ 6ms" in text
    assert "not known from any measurement here" in text
    none = "\n".join(one.plain for one in advice_text.render(advice(None)))
    assert "measure first" in none and "contend suite full" in none


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--rate: is needed"),
        (["--rate", "0"], "rate must be above 0"),
        (["--rate", "10", "--p99", "soon"], "p99"),
        (["--rate", "10", "--real-time", "games"], "real-time"),
        (["--rate", "10", "--language", "Perl"], "language"),
        (["--rate", "10", "--cores", "0"], "cores must be at least 1"),
    ],
)
def test_a_wrong_need_is_one_line(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert contend(["advise", "--results", str(tmp_path), *options]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("contend: ") and said in shown and shown.count("\n") == 1


def test_a_need_may_be_a_file_and_options_stand_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need = tmp_path / "need.toml"
    need.write_text('rate = 500\nlanguage = "Python"\n')
    written = tmp_path / "advice.json"
    command = ["advise", "--results", str(tmp_path), "--need", str(need), "--json", str(written)]
    assert contend([*command, "--rate", "700"]) == 3  # nothing is stored
    document = json.loads(written.read_text())
    assert document["schema"] == "contend.advice/1"
    assert document["need"]["rate"] == 700 and document["need"]["language"] == "Python"
    assert "no run is stored" in capsys.readouterr().out
    need.write_text("rates = 5\n")
    assert contend(command) == 2
    assert "unknown key" in capsys.readouterr().err


def test_the_stored_runs_of_a_store_are_read(made: Run, tmp_path: Path) -> None:
    store(made, tmp_path)
    assert contend(["advise", "--results", str(tmp_path), "--rate", "100"]) == 0
