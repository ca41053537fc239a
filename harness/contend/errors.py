"""What can go wrong for reasons outside this program, each with what, why and what to try.

Plain exceptions, raised anywhere; only the command line turns them into a line and an exit code.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """interface.md's exit codes; where several apply, the one `most_important` picks."""

    PASS = 0
    REGRESSION = 1
    USAGE = 2
    NOT_VALID = 3
    INTERRUPTED = 130

    @staticmethod
    def most_important(*codes: "ExitCode") -> "ExitCode":
        order = (ExitCode.INTERRUPTED, ExitCode.USAGE, ExitCode.NOT_VALID, ExitCode.REGRESSION)
        return next((code for code in order if code in codes), ExitCode.PASS)


class ContendError(Exception):
    """One clear line: what it is about, why it failed, what to try."""

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(what, why, remedy)
        self.what = what
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        line = f"{self.what}: {self.why}; try {self.remedy}"
        return " ".join(line.split())


class UsageError(ContendError):
    """A command was asked for something it can't do."""


class SuiteError(ContendError):
    """A suite, contract or backend file is wrong, or a suite can't be run as it stands."""


class TargetError(ContendError):
    """A server could not be started, or is not what its contract says."""


class TrialError(ContendError):
    """The engine refused or could not finish a trial."""


class StoppedError(ContendError):
    """A command was interrupted, and what it had measured is stored."""

    exit_code = ExitCode.INTERRUPTED


class NotValidError(ContendError):
    """What was measured is stored, and too disturbed to say anything."""

    exit_code = ExitCode.NOT_VALID


class StoreError(ContendError):
    """A stored run can't be found, read, trusted or written."""
