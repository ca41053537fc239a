"""Runs one trial by the engine, which is passed in as a function: tested without a socket."""

from collections.abc import Callable

from contend import _engine
from contend.errors import TrialError
from contend.machine.environment import Environment
from contend.trials.conditions import conditions_of
from contend.trials.document import LoadDocument, Validity
from contend.trials.heard import Heard
from contend.trials.results import brackets_of, document
from contend.trials.spec import TrialSpec, engine_spec
from contend.trials.validity import LIMITS, Limits, Setting, judge, lost_share

Progress = Callable[[_engine.Progress], bool]
RunTrial = Callable[[_engine.TrialSpec, Progress | None], _engine.TrialResult]


def run(
    spec: TrialSpec,
    environment: Environment,
    progress: Progress | None = None,
    run_trial: RunTrial = _engine.run_trial,
    limits: Limits = LIMITS,
) -> tuple[_engine.TrialResult, LoadDocument]:
    """Raises TrialError where the spec can't be run or the machine refuses."""
    result = execute(spec, progress, run_trial)
    return result, document(spec, result, judged(spec, result, limits), environment)


def judged(spec: TrialSpec, result: _engine.TrialResult, limits: Limits = LIMITS) -> Validity:
    conditions, setting = conditions_of(result), setting_of(spec)
    brackets = brackets_of(spec, result, lost_share(conditions, setting, limits))
    return judge(conditions, setting, limits, brackets)


def execute(
    spec: TrialSpec,
    progress: Progress | None = None,
    run_trial: RunTrial = _engine.run_trial,
) -> _engine.TrialResult:
    """Raises TrialError where the spec can't be run or the machine refuses; and what `progress`
    raises."""
    heard = None if progress is None else Heard(progress)
    try:
        return run_trial(engine_spec(spec), heard)
    except (ValueError, OSError) as error:
        if heard and heard.has_raised(error):
            raise
        if isinstance(error, ValueError):
            raise TrialError(spec.target, str(error), "other options") from None
        why = error.strerror or str(error)
        raise TrialError(spec.target, f"this machine refused: {why}", "less at once") from None


def setting_of(spec: TrialSpec) -> Setting:
    return Setting(
        arrivals=spec.arrivals,
        rate_per_s=spec.rate_per_s,
        stages=spec.stages,
        max_requests=spec.max_requests,
        server_cores=spec.server_cores,
        shares_core=spec.shares_core,
    )
