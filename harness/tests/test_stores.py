"""Stores of the harness's own: ready, each alone, and gone at the end."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from contend.errors import SuiteError, TargetError
from contend.files import paths
from contend.machine.cores import Cores
from contend.machine.interrupts import Interrupted
from contend.machine.processes import descendants
from contend.runs.suite_run import prepare
from contend.servers import stores
from contend.servers.stores import missing_store, store_of
from contend.servers.stores.store import Store
from contend.servers.target import start
from contend.suites.backend import read_backend
from contend.suites.contract import StoreWord, contract_files, read_contract
from made_workloads import add_backend, add_suite, make_workloads

CORE = min(os.sched_getaffinity(0))
WORDS: tuple[StoreWord, ...] = ("postgresql", "redis")


@pytest.fixture(params=WORDS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if (missing := missing_store(request.param)) is not None:
        pytest.skip(missing)
    found = store_of(request.param)
    assert found is not None
    yield found


def test_two_instances_are_ready_apart_and_gone_at_their_end(store: Store, tmp_path: Path) -> None:
    pids = set()
    with store.run((CORE,), time.sleep) as one, store.run((CORE,), time.sleep) as other:
        assert one.url != other.url
        for running in (one, other):
            url = urlsplit(running.url)
            with socket.create_connection((url.hostname, url.port), timeout=5):
                assert os.sched_getaffinity(running.pid) == {CORE}
            pids |= {running.pid, *descendants(running.pid)}
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_store_says_its_version(store: Store) -> None:
    assert int(store.version().split(".")[0]) > 4


def test_an_interrupt_ends_a_start(store: Store) -> None:
    def interrupted(seconds: float) -> None:
        raise Interrupted

    before = descendants(os.getpid())
    with pytest.raises(Interrupted), store.run((CORE,), interrupted):
        pass
    assert descendants(os.getpid()) == before


def test_the_cpu_of_a_store_is_taken_beside_its_server(store: Store) -> None:
    word = next(one for one in WORDS if store_of(one) is store)
    workloads = paths.workloads_dir()
    backend = read_backend(workloads, "node-http", workloads)
    folder = workloads / "backends" / "node-http"
    with start(backend, folder, (CORE,), store=word) as server:
        name = Path(f"/proc/{server.beside_pid}/comm").read_text().strip()
    assert name in ("postgres", "redis-server")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URL of an instance."""
    if (missing := missing_store("postgresql")) is not None:
        pytest.skip(missing)
    found = store_of("postgresql")
    assert found is not None
    with found.run((CORE,), time.sleep) as running:
        yield running.url


def asked(url: str, sql: str) -> subprocess.CompletedProcess[str]:
    """By psql, which is told no password but the URL's."""
    found = store_of("postgresql")
    assert found is not None
    program = found.program()
    assert program is not None
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    argv = [str(program.with_name("psql")), "--no-password", "--no-psqlrc", "-Atc", sql, url]
    return subprocess.run(argv, capture_output=True, text=True, env=env, timeout=20)


def test_the_role_of_servers_owns_its_tables_and_is_no_superuser(postgresql: str) -> None:
    rights = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
    said = asked(postgresql, f"SELECT {rights} FROM pg_roles WHERE rolname = current_user")
    assert said.stdout == "f|f|f|f|f\n", said.stderr
    owners = asked(
        postgresql,
        "SELECT DISTINCT tableowner = current_user FROM pg_tables WHERE schemaname = 'public'",
    )
    assert owners.stdout == "t\n", owners.stderr
    assert asked(postgresql, "SELECT count(*) FROM world").stdout == "10000\n"
    assert asked(postgresql, "CREATE TABLE more (id integer); DROP TABLE more").returncode == 0
    assert "permission denied" in asked(postgresql, "SELECT pg_read_file('/etc/hosts')").stderr


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("contend", "no password supplied"),
        ("contend:guessed", "password authentication failed"),
        ("postgres", "no pg_hba.conf entry"),
        ("postgres:postgres", "no pg_hba.conf entry"),
    ],
)
def test_nobody_connects_without_the_password(postgresql: str, who: str, why: str) -> None:
    url = urlsplit(postgresql)
    assert url.password is not None and len(url.password) >= 32
    said = asked(url._replace(netloc=f"{who}@{url.hostname}:{url.port}").geturl(), "SELECT 1")
    assert said.returncode == 2 and why in said.stderr


def test_no_other_database_is_open(postgresql: str) -> None:
    other = urlsplit(postgresql)._replace(path="/postgres").geturl()
    assert "no pg_hba.conf entry" in asked(other, "SELECT 1").stderr


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = {
        word: Store(found.title, lambda: None, found.run)
        for word in WORDS
        if (found := store_of(word)) is not None
    }
    monkeypatch.setattr(stores, "_STORES", absent)


WHY = "PostgreSQL is missing: needs scripts/setup --with-services"


@pytest.mark.usefixtures("nothing_installed")
def test_a_missing_store_leaves_its_cells_out(tmp_path: Path) -> None:
    workloads = make_workloads(tmp_path / "workloads")
    sibling = 'title = "hello"\nsame_as = "hello"\nstore = "postgresql"\n'
    (workloads / "hello-postgresql.toml").write_text(sibling, encoding="utf-8")
    add_backend(workloads, "right")
    toml = workloads / "backends" / "right" / "backend.toml"
    text = toml.read_text(encoding="utf-8").replace('"hello", ', '"hello", "hello-postgresql", ')
    toml.write_text(text, encoding="utf-8")
    suite = add_suite(workloads, "right", asked=("hello", "hello-postgresql"))
    prepared = prepare(workloads, suite, Cores((CORE,), (CORE,)))
    assert [(one.workload, one.why) for one in prepared.not_run] == [("hello-postgresql", WHY)]

    backend = read_backend(workloads, "right", workloads)
    with (
        pytest.raises(TargetError) as caught,
        start(backend, toml.parent, (CORE,), store="postgresql"),
    ):
        pass
    assert WHY in str(caught.value)


def test_a_workload_on_another_store_has_its_sibling_s_exchange(tmp_path: Path) -> None:
    workloads = paths.workloads_dir()
    database = read_contract(workloads, "database", workloads)
    sibling = read_contract(workloads, "database-postgresql", workloads)
    assert (sibling.request, sibling.reject) == (database.request, database.reject)
    assert (sibling.store, database.store) == ("postgresql", None)
    names = [
        path.stem
        for path in contract_files(workloads / "database-postgresql.toml", workloads, sibling)
    ]
    assert names == ["database-postgresql", "database"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('same_as = "nothing"', "no 'nothing'"),
        ('same_as = "odd"', "same_as: 'odd' has its exchange from 'odd' itself"),
        ('same_as = "chained"', "same_as: 'chained' has its exchange from 'hello' itself"),
        ('same_as = "hello"\nupstream = true', "same_as: its exchange is that workload's"),
        ('same_as = "hello"\n[[request]]\nclass = "a"\npath = "/"', "same_as: its exchange is"),
        ('same_as = "hello"\nstore = "mysql"', "store: no 'mysql'; there are postgresql, redis"),
    ],
)
def test_a_wrong_sibling_is_named(tmp_path: Path, text: str, said: str) -> None:
    workloads = make_workloads(tmp_path / "workloads")
    (workloads / "chained.toml").write_text('title = "c"\nsame_as = "hello"\n', encoding="utf-8")
    (workloads / "odd.toml").write_text(f'title = "odd"\n{text}\n', encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        read_contract(workloads, "odd", workloads)
    assert said in str(caught.value)
