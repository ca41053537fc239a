"""A revision of the user's repository, checked out beside it and built: a side of a gate."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contend.errors import UsageError
from contend.machine.interrupts import termination_interrupts

_LAST_LINES = 5
# Where what is to be kept fast is found, as most repositories call it.
MAINLINE = "origin/main"
_MAINLINES = (MAINLINE, "origin/master", "main", "master")


@contextmanager
def worktree(folder: Path, revision: str, build: str | None) -> Iterator[Path]:
    """As `folder`, which lies in a repository, was at a revision; gone afterwards. Raises
    UsageError, with the last lines that were said, when there is no such revision or it doesn't
    build."""
    below = _git(folder, "rev-parse", "--show-prefix")
    with tempfile.TemporaryDirectory(prefix="contend-revision-") as parent:
        root = Path(parent) / "worktree"
        commit = commit_at(folder, revision)
        add = ["git", "-C", str(folder), "worktree", "add", "--detach", str(root), commit]
        try:
            _run(add, None, f"revision {revision}", "a commit, branch or tag of this repository")
            if build is not None:
                shell = ["sh", "-c", build]
                with termination_interrupts():
                    _run(shell, root / below, f"--build at {revision}", "building it there by hand")
            yield root / below
        finally:
            remove = ["git", "-C", str(folder), "worktree", "remove", "--force", str(root)]
            subprocess.run(remove, capture_output=True, check=False)


def commit_at(folder: Path, revision: str) -> str:
    """The commit that a revision names. Raises UsageError where it names none."""
    found = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^0")
    if not found:
        remedy = "a commit, branch or tag of this repository"
        raise UsageError(f"revision {revision}", "git knows no such commit", remedy)
    return found


def names_commit(folder: Path, revision: str) -> bool:
    return bool(
        _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^0")
    )


def mainline(folder: Path) -> str | None:
    """The first revision of the usual names that there is, else the branch at hand; None where
    nothing is committed."""
    branch = _git(folder, "symbolic-ref", "--short", "--quiet", "HEAD")
    known = (*_MAINLINES, branch, "HEAD")
    return next((one for one in known if one and names_commit(folder, one)), None)


def commit_of(folder: Path) -> str | None:
    """The commit that a folder's files are of, with + where they differ; None outside git."""
    head = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if not head:
        return None
    return head + ("+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")


def commits_between(folder: Path, old: str, new: str) -> list[str]:
    """Those after `old` up to `new`, from the oldest, along first parents. Raises UsageError for
    revisions that are none, or that don't follow one another."""
    between = f"{commit_at(folder, old)}..{commit_at(folder, new)}"
    found = _git(folder, "rev-list", "--reverse", "--first-parent", between).split()
    if not found:
        why = "no commits lie between them"
        raise UsageError(f"--bisect {old}..{new}", why, "OLD..NEW, OLD an ancestor of NEW")
    return found


def _git(folder: Path, *arguments: str) -> str:
    """What it says; nothing where it fails."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True)
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.decode().strip()


def _run(argv: list[str], folder: Path | None, what: str, remedy: str) -> None:
    """In a session of its own, of which nothing goes on when this is interrupted."""
    try:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(what, f"{argv[0]}: {error.strerror}", "installing it") from None
    with process:
        try:
            output, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        said = output.decode(errors="replace").strip().splitlines()
        why = f"exited with {process.returncode}; it said: {' | '.join(said[-_LAST_LINES:])}"
        raise UsageError(what, why, remedy)
