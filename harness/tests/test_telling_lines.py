"""What is quoted of a log says why its server failed: real logs, of Node.js and of Python."""

import os
import time
from pathlib import Path

import pytest
from contend.errors import TargetError
from contend.files import paths
from contend.servers.server import Server
from contend.servers.telling_lines import telling_lines

NODE_MISSING = """\
node:internal/modules/cjs/loader:1595
  throw err;
  ^

Error: Cannot find module './lib/none.js'
Require stack:
- /srv/app/server.cjs
    at Module._resolveFilename (node:internal/modules/cjs/loader:1591:15)
    at wrapResolveFilename (node:internal/modules/cjs/loader:1145:27)
    at Module._compile (node:internal/modules/cjs/loader:1956:14) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/srv/app/server.cjs' ]
}

Node.js v26.10.0
"""
NODE_IN_USE = """\
starting
node:events:505
    throw er; // Unhandled 'error' event
    ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:45111
    at Server.setupListenHandle [as _listen2] (node:net:2390:16)
    at process.processTicksAndRejections (node:internal/process/task_queues:90:21)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:2478:8)
    at process.processTicksAndRejections (node:internal/process/task_queues:90:21) {
  code: 'EADDRINUSE',
  errno: -98,
  port: 45111
}

Node.js v26.10.0
"""
NODE_CAUSE = """\
TypeError: x is no port
    at file:///srv/app/server.mjs:1:32
    at async asyncRunEntryPointWithESMLoader (node:internal/modules/run_main:105:5) {
  [cause]: Error: inner
      at file:///srv/app/server.mjs:1:70
}
goes on
"""
NODE_REJECTED = """\
node:internal/modules/run_main:111
    triggerUncaughtException(
    ^
why not
(Use `node --trace-uncaught ...` to show where the exception was thrown)

Node.js v26.10.0
"""
PYTHON_CHAIN = """\
Traceback (most recent call last):
  File "/srv/app/server.py", line 3, in <module>
    1/0
    ~^~
ZeroDivisionError: division by zero
a note

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/server.py", line 6, in <module>
    raise Odd("two\\nlines") from e
Odd: two
lines
"""
PYTHON_GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/srv/app/server.py", line 5, in <module>
  |     asyncio.run(main())
  |   File "/usr/lib/python3.11/asyncio/taskgroups.py", line 133, in __aexit__
  |     raise me from None
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/app/server.py", line 2, in a
    |     async def a(): raise ValueError("in a task")
    |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    | ValueError: in a task
    +------------------------------------
"""
GUNICORN = """\
[2026-11-28 06:10:50 +0000] [31815] [INFO] Starting gunicorn 27.0.1
[2026-11-28 06:10:50 +0000] [31816] [ERROR] Exception in worker process
Traceback (most recent call last):
  File "/srv/venv/lib/python3.11/site-packages/gunicorn/arbiter.py", line 752, in spawn_worker
    worker.init_process()
  File "<frozen importlib._bootstrap>", line 241, in _call_with_frames_removed
  File "/srv/app/app.py", line 1, in <module>
    import no_such_thing
ModuleNotFoundError: No module named 'no_such_thing'
No module named 'no_such_thing'
[2026-11-28 06:10:50 +0000] [31816] [INFO] Worker exiting (pid: 31816)
[2026-11-28 06:10:50 +0000] [31815] [ERROR] Worker (pid:31816) exited with code 3.
[2026-11-28 06:10:50 +0000] [31815] [INFO] Control socket listening at /srv/gunicorn.ctl
[2026-11-28 06:10:50 +0000] [31815] [ERROR] Shutting down: Master
[2026-11-28 06:10:50 +0000] [31815] [ERROR] Reason: Worker failed to boot.
"""


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (NODE_MISSING, ["Error: Cannot find module './lib/none.js'"]),
        (
            NODE_IN_USE,
            ["Error: listen EADDRINUSE: address already in use 127.0.0.1:45111"],
        ),
        (NODE_CAUSE, ["TypeError: x is no port", "goes on"]),
        (PYTHON_CHAIN, ["Odd: two", "lines"]),
        (PYTHON_GROUP, ["ValueError: in a task"]),
        (GUNICORN + NODE_MISSING, ["Error: Cannot find module './lib/none.js'"]),
        (NODE_MISSING + PYTHON_CHAIN, ["Odd: two", "lines"]),
        ("one\n\ntwo\n---\nthree\nfour\nfive\nsix\n", ["two", "three", "four", "five", "six"]),
        (
            "Traceback (most recent call last):\n  File",
            ["Traceback (most recent call last):", "File"],
        ),
        ("    at home\n", ["at home"]),
        ("", []),
    ],
)
def test_the_reason_is_told(log: str, told: list[str]) -> None:
    assert telling_lines(log) == told


def test_what_a_server_says_after_a_traceback_is_told_too() -> None:
    first, *_, last = telling_lines(GUNICORN)
    assert first == "ModuleNotFoundError: No module named 'no_such_thing'"
    assert last.endswith("Reason: Worker failed to boot.")


def test_without_a_stack_the_last_lines_are_told() -> None:
    assert "why not" in telling_lines(NODE_REJECTED)


@pytest.mark.parametrize(
    ("runtime", "code", "why"),
    [
        ("node", "import x from 'no-such-thing'", "Cannot find package 'no-such-thing'"),
        ("node", "const x = = 3", "SyntaxError: Unexpected token '='"),
        ("python", "import no_such_thing", "ModuleNotFoundError: No module named"),
        ("python", "def f(:", "SyntaxError: invalid syntax"),
    ],
)
def test_a_server_that_fails_says_why(tmp_path: Path, runtime: str, code: str, why: str) -> None:
    found = paths.node() if runtime == "node" else paths.servers_python()
    assert found is not None, "scripts/setup installs it"
    program = tmp_path / ("server.mjs" if runtime == "node" else "server.py")
    program.write_text(code)
    core = (min(os.sched_getaffinity(0)),)
    exits = pytest.raises(TargetError, match="exited with 1; it said: ")
    with Server("Made", [str(found), str(program)], tmp_path, {}, core) as server, exits as caught:
        for _ in range(200):
            server.check_alive()
            time.sleep(0.1)
    said = str(caught.value)
    assert why in said and "    at " not in said and "Node.js v" not in said
