"""A callback of the engine, whose errors come out of the same call as the engine's own."""

from collections.abc import Callable

from contend import _engine


class Heard:
    """Calls `progress` and keeps what it raised, which passes through the engine."""

    def __init__(self, progress: Callable[[_engine.Progress], bool]) -> None:
        self._progress = progress
        self._raised: BaseException | None = None

    def __call__(self, now: _engine.Progress) -> bool:
        try:
            return self._progress(now)
        except BaseException as error:
            self._raised = error
            raise

    def has_raised(self, error: BaseException) -> bool:
        """Whether an error is the callback's, such as of a terminal that is gone."""
        return error is self._raised
