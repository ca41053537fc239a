"""What a command judges validity by: no option and no variable of the environment loosens it; only
who calls `contend.cli.run` can hand in other limits."""

import typer

from contend.trials.validity import LIMITS, Limits


def limits_of(context: typer.Context) -> Limits:
    return context.find_object(Limits) or LIMITS
