"""Runs one server and leaves none of its processes behind: `python -m contend.servers.supervise`.

    supervise CPUS -- ARGV…    CPUS: the server's cores, such as 0 or 0,1

A child of the suite, in a session of its own. Standard input is a pipe that the suite holds: its
one line of JSON says where the server starts, and what is added to this environment there,
{"folder": "…", "env": {…}}; none of that is the supervisor's own, so that no file beside a server
and no variable for it is taken for a part of this program. At the pipe's end, also when the suite
was killed, every descendant gets SIGTERM, after two seconds SIGKILL, and is reaped; as child
subreaper it inherits those whose parents have gone. Standard output has a line of JSON for each of
what happens: {"pid": N, "started_ns": T}, on the monotonic clock, or {"exit": CODE} or
{"error": "…"}. Standard error is the server's log.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from contend.machine.processes import descendants
from contend.servers.sealed_root import way_in

GRACE_S = 2.0
_POLL_S = 0.01
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def main(arguments: list[str]) -> None:
    cpus, dashes, *argv = arguments
    assert dashes == "--" and argv
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the suite decides when its servers end
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        tell(error=f"no child subreaper: {os.strerror(ctypes.get_errno())}")
        return
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        return  # the suite ended before it had said what to start
    place = json.loads(line)
    command, enter = way_in(argv, Path(place["folder"]))

    def become_server() -> None:
        """It must not outlive its supervisor either."""
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        enter()

    own_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})
    started_ns = time.monotonic_ns()
    try:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            cwd=place["folder"],
            env=os.environ | place["env"],
            preexec_fn=become_server,
        )
    except OSError as error:
        tell(error=f"{error.filename or argv[0]}: {error.strerror}")
        return
    except subprocess.SubprocessError:  # of become_server(), which alone can fail in the child
        tell(error=f"{argv[0]}: its sealed root can't be entered: a mount or chroot was refused")
        return
    os.sched_setaffinity(0, own_cores)
    try:
        tell(pid=server.pid, started_ns=started_ns)
        exited = os.pidfd_open(server.pid)
        ready, _, _ = select.select([sys.stdin.fileno(), exited], [], [])
        if exited in ready:
            tell(exit=server.wait())
    finally:
        end_descendants()


def tell(**what: object) -> None:
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def end_descendants() -> None:
    """Until there is no child left to wait for: a process that is dead, but has a thread that still
    ends, is one."""
    asked: set[int] = set()
    deadline = time.monotonic() + GRACE_S
    while _reap():
        for pid in descendants(os.getpid()):
            with suppress(ProcessLookupError):
                if time.monotonic() >= deadline:
                    os.kill(pid, signal.SIGKILL)
                elif pid not in asked:
                    asked.add(pid)
                    os.kill(pid, signal.SIGTERM)
        time.sleep(_POLL_S)


def _reap() -> bool:
    """Whether children are left; a subreaper inherits all that descend from it."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
