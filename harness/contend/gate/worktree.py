"""A revision of the user's repository, checked out beside it and built: a side of a gate."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contend.errors import UsageError

_LAST_LINES = 5


@contextmanager
def worktree(repository: Path, revision: str, build: str | None) -> Iterator[Path]:
    """The folder, which is gone afterwards. Raises UsageError, with the last lines that were said,
    when there is no such revision or it doesn't build."""
    with tempfile.TemporaryDirectory(prefix="contend-revision-") as parent:
        folder = Path(parent) / "worktree"
        add = ["git", "-C", str(repository), "worktree", "add", "--detach", str(folder), revision]
        _run(add, None, f"revision {revision}", "a commit, branch or tag of this repository")
        try:
            if build is not None:
                shell = ["sh", "-c", build]
                _run(shell, folder, f"--build at {revision}", "building that revision by hand")
            yield folder
        finally:
            remove = ["git", "-C", str(repository), "worktree", "remove", "--force", str(folder)]
            subprocess.run(remove, capture_output=True, check=False)


def _run(argv: list[str], folder: Path | None, what: str, remedy: str) -> None:
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, check=False)
    except OSError as error:
        raise UsageError(what, f"{argv[0]}: {error.strerror}", "installing it") from None
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
        why = f"exited with {done.returncode}; it said: {' | '.join(said[-_LAST_LINES:])}"
        raise UsageError(what, why, remedy)


def commit_of(folder: Path) -> str | None:
    """The commit that a folder's files are of, with + where they differ; None outside git."""
    git = ["git", "-C", str(folder)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, check=False)
        status = [*git, "status", "--porcelain", "--untracked-files=no"]
        changed = subprocess.run(status, capture_output=True, check=False)
    except OSError:
        return None
    if head.returncode:
        return None
    return head.stdout.decode().strip() + ("+" if changed.stdout else "")


def commits_between(repository: Path, old: str, new: str) -> list[str]:
    """Those after `old` up to `new`, from the oldest, along first parents. Raises UsageError for
    revisions that are none, or that don't follow one another."""
    listed = ["git", "-C", str(repository), "rev-list", "--reverse", "--first-parent"]
    done = subprocess.run([*listed, f"{old}..{new}"], capture_output=True, check=False)
    found = done.stdout.decode().split()
    if done.returncode or not found:
        why = "no commits lie between them" if not done.returncode else "they are no revisions"
        raise UsageError(f"--bisect {old}..{new}", why, "OLD..NEW, OLD an ancestor of NEW")
    return found
