"""Raw SQL and object mappers, clients of HTTP by hand and of a library: each kind has tables, and
a reference, of its own."""

from pathlib import Path

import pytest
from contend.files import paths
from contend.findings.table import Table
from contend.findings.tables import build_tables
from contend.reports import csv, markdown, terminal
from contend.runs.record import BackendNote, Run
from contend.suites.backend import BY_HAND, LIBRARY, ORM, RAW, Backend, backend_names, read_backend
from contend.suites.cells import Cell
from contend.suites.contract import read_contract, workload_names
from contend.suites.suite import Grid
from msgspec.structs import replace
from stored_runs import Fake, small_suite, stored_run

WORKLOADS = paths.workloads_dir()
NAMES = ("node-http", "aiohttp", "express", "fastapi", "event-loop")
KINDS = {"node-http": RAW, "aiohttp": RAW, "express": ORM, "fastapi": ORM}


def figures(cell: Cell) -> Fake:
    goodput = {"node-http": 1000.0, "aiohttp": 500.0, "express": 400.0, "fastapi": 100.0}
    return Fake(goodput.get(cell.backend, 10.0))


def run_of(workload: str = "database", kinds: dict[str, str] = KINDS) -> Run:
    suite = small_suite(grid=(Grid(NAMES, (workload,)),))
    run = stored_run(figures, suite)

    def noted(name: str, note: BackendNote) -> BackendNote:
        return replace(note, kinds={"database": kinds[name]} if name in kinds else {})

    header = replace(
        run.header,
        workloads={
            name: replace(note, kind_key="database") for name, note in run.header.workloads.items()
        },
        backends={name: noted(name, note) for name, note in run.header.backends.items()},
    )
    return replace(run, header=header)


def found() -> list[Table]:
    return list(build_tables(run_of()).tables)


def test_each_kind_has_a_table_and_a_reference_of_its_own() -> None:
    raw, orm = found()
    assert (raw.kind, raw.reference) == (RAW, "node-http")
    assert (orm.kind, orm.reference) == (ORM, "express")
    assert [row.backend for row in orm.rows] == ["express", "fastapi"]
    assert raw.title.endswith(", raw SQL") and orm.title.endswith(", ORM")


def test_a_ratio_is_to_the_reference_of_its_kind() -> None:
    raw, orm = found()
    ratios = {
        row.backend: row.comparisons["goodput"].ratio
        for table in (raw, orm)
        for row in table.rows
        if row.comparisons
    }
    assert ratios["aiohttp"] == pytest.approx(0.5, rel=0.05)
    assert ratios["fastapi"] == pytest.approx(0.25, rel=0.05)
    assert "express" not in ratios


def test_who_is_of_no_kind_stands_with_the_reference() -> None:
    raw, _ = found()
    assert [row.backend for row in raw.rows] == ["node-http", "aiohttp", "event-loop"]


def test_where_all_are_of_one_kind_there_is_one_table() -> None:
    (only,) = build_tables(run_of(kinds=dict.fromkeys(KINDS, ORM))).tables
    assert only.reference == "node-http"


def test_every_report_tells_the_kinds_apart() -> None:
    tables = build_tables(run_of())
    text = markdown.render(tables).decode()
    assert "ORM: closed, c = 64" in text and "raw SQL: closed, c = 64" in text
    assert "× express" in text and "× node-http" in text  # noqa: RUF001
    assert "raw SQL, ORM: each has tables and a reference of its own" in text
    shown = "\n".join(line.plain for line in terminal.render(tables))
    assert "× express" in shown  # noqa: RUF001
    lines = [line for line in csv.render(tables).decode().splitlines() if "fastapi" in line]
    assert any(",express," in line for line in lines)
    assert not any(",node-http," in line for line in lines)


def backend(**provides: str) -> Backend:
    return Backend("a", "Python", "one", "idiomatic", ("a",), (), provides=provides)


def test_kinds_are_read_from_what_a_backend_provides() -> None:
    assert backend(database="SQLAlchemy 2, ORM (Flask-SQLAlchemy)").kinds == {"database": ORM}
    assert backend(postgresql="asyncpg, raw").kinds == {"postgresql": RAW}
    assert backend(client="urllib3").kinds == {"client": LIBRARY}
    assert backend(client="http.client, pool: own code").kinds == {"client": BY_HAND}
    assert backend(json="built in").kinds == {}


@pytest.mark.parametrize("name", workload_names(WORKLOADS))
def test_every_server_of_a_compared_workload_says_its_kind(name: str) -> None:
    key = read_contract(WORKLOADS, name, Path()).kind_key
    for one in backend_names(WORKLOADS) if key else ():
        its = read_backend(WORKLOADS, one, Path())
        assert name not in its.workloads or key in its.kinds, one


def test_what_is_explained_is_of_a_workload() -> None:
    for one in backend_names(WORKLOADS):
        its = read_backend(WORKLOADS, one, Path())
        assert set(its.notes) <= set(its.workloads), one


def test_an_explanation_stands_under_the_tables_of_its_workload() -> None:
    run = run_of()
    notes = {"database": "its pool is *small*", "json": "of another workload"}
    backends = {
        name: replace(note, notes=notes) if name == "aiohttp" else note
        for name, note in run.header.backends.items()
    }
    tables = build_tables(replace(run, header=replace(run.header, backends=backends)))
    text = markdown.render(tables).decode()
    assert r"- Explained: aiohttp: its pool is \*small\*" in text
    assert "of another workload" not in text
    assert any("explained: aiohttp" in line.plain for line in terminal.render(tables))
