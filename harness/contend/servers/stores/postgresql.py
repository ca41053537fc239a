"""PostgreSQL with the rows of the SQLite file. Each instance has a copy of one cluster, which is
made once a process: that takes a second or two.
"""

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from contend.errors import TargetError
from contend.machine.ports import HOST, free_port
from contend.servers.database import FIRST_ID, FORTUNES, ROWS, account
from contend.servers.server import Server
from contend.servers.stores.store import Pause, RunningStore, Store, wait_until

_TITLE = "PostgreSQL"
_DEBIAN = Path("/usr/lib/postgresql")
_NAME = "contend"  # of the database, and of its owner
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
_SCHEMA = """
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
        _call(["cp", "--archive", str(_cluster_data()), str(data)])
        argv = _argv("postgres", "-D", str(data))
        for name, value in {**_SETTINGS, "port": port}.items():
            argv += ["-c", f"{name}={value}"]
        with Server(_TITLE, argv, Path(folder), {}, cores) as server:
            wait_until(server, lambda: _is_ready(data), pause)
            yield RunningStore(server.pid, f"postgresql://{_NAME}@{HOST}:{port}/{_NAME}")


def _is_ready(data: Path) -> bool:
    """As pg_ctl knows it: by the eighth line of the lock file."""
    lock = data / "postmaster.pid"
    return lock.is_file() and lock.read_text().split("\n")[7:8] == ["ready   "]


def _cluster_data() -> Path:
    return Path(_cluster().name) / "data"


@functools.cache
def _cluster() -> "tempfile.TemporaryDirectory[str]":
    """The cluster that others are copies of; its folder goes with this process."""
    folder = _own_folder()
    data = str(Path(folder.name) / "data")
    initdb = _argv("initdb", "--pgdata", data, "--username", _NAME, "--auth", "trust")
    _call([*initdb, "--encoding", "UTF8", "--no-locale", "--no-sync"])
    # One session without a server, in which a statement ends at an empty line.
    single = _argv("postgres", "--single", "-j", "-D", data)
    _call([*single, "postgres"], f"CREATE DATABASE {_NAME};\n\n")
    _call([*single, _NAME], "\n\n".join(_statements()) + "\n\n")
    return folder


def _statements() -> Iterator[str]:
    yield _SCHEMA
    last = FIRST_ID + ROWS - 1
    yield f"INSERT INTO world SELECT id, id FROM generate_series({FIRST_ID}, {last}) AS id;"
    for fortune in enumerate(FORTUNES, start=1):
        yield f"INSERT INTO fortune VALUES {_values(fortune)};"
    yield f"INSERT INTO account VALUES {_values(account())};"
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
