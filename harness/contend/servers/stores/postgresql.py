"""PostgreSQL with the rows of the SQLite file. Each instance has a copy of one cluster, which is
made once a process: that takes a second or two.

Its servers' role owns their database and is no superuser. It alone may connect, over the loopback
interface and with a password that is drawn for each cluster: nobody else on the machine is let in,
and nothing is measured that a real installation would not allow.
"""

import functools
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contend.errors import TargetError
from contend.machine.ports import HOST, free_port
from contend.servers.database import FIRST_ID, FORTUNES, ROWS, account
from contend.servers.server import Server
from contend.servers.stores.store import Pause, RunningStore, Store, wait_until

_TITLE = "PostgreSQL"
_DEBIAN = Path("/usr/lib/postgresql")
_NAME = "contend"  # of the database, and of the servers' role, which owns it
_SUPERUSER = "postgres"  # makes both, before anything listens
_WHO_MAY_CONNECT = f"host {_NAME} {_NAME} {HOST}/32 scram-sha-256\n"
_TIMEOUT_S = 60.0

# Root it refuses to run as; this is the user that Debian's package makes for it.
_USER = "postgres"

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    # A commit doesn't wait for the disk, and a crash may lose the last ones but tears none: so does
    # SQLite with a write-ahead log and synchronous = NORMAL.
    "synchronous_commit": "off",
}

# No trigger counts changes, as SQLite needs one: an UPDATE writes a new row also when it sets what
# was there before.
_SCHEMA = f"""
SET SESSION AUTHORIZATION {_NAME};
CREATE TABLE world (id integer PRIMARY KEY, number integer NOT NULL);
CREATE TABLE fortune (id integer PRIMARY KEY, message text NOT NULL);
CREATE TABLE account (name text PRIMARY KEY, salt text NOT NULL, password text NOT NULL);
CREATE TABLE session (id text PRIMARY KEY, name text NOT NULL, expires bigint NOT NULL);
"""


def _program() -> Path | None:
    """The newest that Debian installed."""
    found = [path for path in _DEBIAN.glob("*/bin/postgres") if path.parts[-3].isdigit()]
    return max(found, key=lambda path: int(path.parts[-3]), default=None)


@contextmanager
def _run(cores: Sequence[int], pause: Pause) -> Iterator[RunningStore]:
    port = free_port()
    with _own_folder() as folder:
        data = Path(folder) / "data"
        _call(["cp", "--archive", str(_cluster().data), str(data)])
        argv = _argv("postgres", "-D", str(data))
        for name, value in {**_SETTINGS, "port": port}.items():
            argv += ["-c", f"{name}={value}"]
        with Server(_TITLE, argv, Path(folder), {}, cores) as server:
            wait_until(server, lambda: _is_ready(data), pause)
            who = f"{_NAME}:{_cluster().password}"
            yield RunningStore(server.pid, f"postgresql://{who}@{HOST}:{port}/{_NAME}")


def _is_ready(data: Path) -> bool:
    """As pg_ctl knows it: by the eighth line of the lock file."""
    lock = data / "postmaster.pid"
    return lock.is_file() and lock.read_text().split("\n")[7:8] == ["ready   "]


@dataclass(frozen=True)
class _Cluster:
    folder: "tempfile.TemporaryDirectory[str]"
    password: str  # of the servers' role

    @property
    def data(self) -> Path:
        return Path(self.folder.name) / "data"


@functools.cache
def _cluster() -> _Cluster:
    """The cluster that others are copies of; its folder goes with this process."""
    made = _Cluster(_own_folder(), secrets.token_hex(16))
    initdb = _argv("initdb", "--pgdata", str(made.data), "--username", _SUPERUSER)
    _call([*initdb, "--auth", "reject", "--encoding", "UTF8", "--no-locale", "--no-sync"])
    (made.data / "pg_hba.conf").write_text(_WHO_MAY_CONNECT, encoding="utf-8")
    # One session without a server, in which a statement ends at an empty line.
    single = _argv("postgres", "--single", "-j", "-D", str(made.data))
    _call([*single, "postgres"], _told(_role(made.password)))
    _call([*single, _NAME], _told(_statements()))
    return made


def _told(statements: Iterable[str]) -> str:
    return "\n\n".join(statements) + "\n\n"


def _role(password: str) -> Iterator[str]:
    yield "SET password_encryption = 'scram-sha-256';"
    yield f"CREATE ROLE {_NAME} LOGIN PASSWORD '{password}';"
    yield f"CREATE DATABASE {_NAME} OWNER {_NAME};"


def _statements() -> Iterator[str]:
    yield _SCHEMA
    last = FIRST_ID + ROWS - 1
    yield f"INSERT INTO world SELECT id, id FROM generate_series({FIRST_ID}, {last}) AS id;"
    for fortune in enumerate(FORTUNES, start=1):
        yield f"INSERT INTO fortune VALUES {_values(fortune)};"
    yield f"INSERT INTO account VALUES {_values(account())};"
    yield "RESET SESSION AUTHORIZATION;"
    yield "VACUUM (ANALYZE);"  # else the first queries, or the server itself, would come to that


def _values(row: Iterable[int | str]) -> str:
    quoted = [
        str(one) if isinstance(one, int) else "'" + one.replace("'", "''") + "'" for one in row
    ]
    return f"({', '.join(quoted)})"


def _own_folder() -> "tempfile.TemporaryDirectory[str]":
    """Of the user that PostgreSQL runs as."""
    folder = tempfile.TemporaryDirectory(prefix="contend-postgresql-")
    if _is_root():
        shutil.chown(folder.name, _USER, _USER)
    return folder


def _argv(program: str, *arguments: str) -> list[str]:
    """One of PostgreSQL's programs, as a user that it accepts."""
    installed = _program()
    assert installed is not None
    argv = [str(installed.with_name(program)), *arguments]
    if not _is_root():
        return argv
    # Another user's process forgets whose end it was to end with (supervise.py): told again.
    user = ["--reuid", _USER, "--regid", _USER, "--init-groups", "--pdeathsig", "INT"]
    return ["setpriv", *user, "--", *argv]


def _is_root() -> bool:
    return os.geteuid() == 0


def _call(argv: Sequence[str], told: str = "") -> None:
    try:
        subprocess.run(
            argv, input=told.encode(), capture_output=True, check=True, timeout=_TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        why = f"{argv[0]} exited with {error.returncode}: {' | '.join(said[-3:])}"
        raise TargetError(_TITLE, why, "starting it by hand") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TargetError(_TITLE, str(error), "starting it by hand") from None


POSTGRESQL = Store(_TITLE, _program, _run)
