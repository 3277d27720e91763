"""The values of the next trial, and whether one under way is worth its epochs, by Optuna.

Values: the multivariate tree-structured Parzen estimator, a Bayesian method (Bergstra et al. 2011,
NeurIPS 24; Falkner, Klein and Hutter 2018, arXiv:1807.01774, section 4, for the multivariate form).
Ending early: the median rule (Golovin et al. 2017, Google Vizier, KDD, section 3.2.2). Shares of
the settings: PED-ANOVA (Watanabe, Bansal and Hutter 2023, arXiv:2304.10255).

Every function is a pure one of what the trials so far came to: nothing is kept between calls, so
that a study which was cut off goes on as it would have.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
import warnings
from collections.abc import Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.distributions import IntDistribution as WholeDistribution
from optuna.trial import FrozenTrial, TrialState

from trainer.errors import ConfigError, ExitCode, RunError
from trainer.tuning.best import FEWEST_FOR_SHARES
from trainer.tuning.going_together import settings_of
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.space import Domain, Range, Space, in_space
from trainer.tuning.study import StudyConfig
from trainer.tuning.trial_log import FAILED, FINISHED, PRUNED, RUNNING, STOPPED, Trial

BEST_PART = 0.25  # of the trials, whose values are held against those of all
MOST_DRAWS = 100
_EPOCH = datetime.datetime(1970, 1, 1)  # when is of no account to a sampler
WARM_UP_EPOCHS = 3  # in which no trial is ended early
optuna.logging.set_verbosity(optuna.logging.ERROR)


def next_values(config: StudyConfig, trials: Sequence[Trial], number: int) -> dict[str, Any]:
    """The values that trial `number` is to try; `trials` are those before it, those under way
    among them. RunError where none are found that go together."""
    why: ConfigError | None = None
    told = list(trials)
    for draw in range(MOST_DRAWS):
        study = _study(config, told, number, draw)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Optuna calls experimental
            asked = study.ask(_distributions(config.space))
        values = {name: _short(asked.params[name], one) for name, one in config.space.items()}
        try:
            settings_of(config.base, values)
            return values
        except ConfigError as error:
            why = error
            # What was never tried looks promising: it is drawn again unless it is known to be bad.
            told.append(Trial(number, "", values, FAILED, code=int(ExitCode.USAGE)))
    raise RunError(
        f"none of {MOST_DRAWS} draws went together, the last as {why}; search in another space"
    )


def _short(value: Any, domain: Domain) -> Any:
    """A number in four digits, as one would type it: more of them change no figure."""
    if not isinstance(value, float) or not isinstance(domain, Range):
        return value
    return min(max(float(f"{value:.4g}"), domain.low), domain.high)


def is_hopeless(config: StudyConfig, trials: Sequence[Trial], course: Sequence[float]) -> bool:
    """Whether a trial whose objective was `course` after each epoch so far is worse, by its best,
    than the median of what the finished ones had after as many epochs, once there are `startup`
    of these."""
    if not course:
        return False
    others = [one for one in trials if one.state == FINISHED]
    pruner = optuna.pruners.MedianPruner(
        n_startup_trials=config.startup, n_warmup_steps=WARM_UP_EPOCHS, n_min_trials=3
    )
    study = _study(config, others, 0)
    trial = _frozen(config, Trial(len(others) + 1, "", {}, course=tuple(course)), len(others))
    return bool(pruner.prune(study, trial))


def importances(
    config: StudyConfig, trials: Sequence[Trial], fewest: int = FEWEST_FOR_SHARES
) -> dict[str, float]:
    """The share of each setting in what sets the best quarter of the trials apart, which sum to 1;
    those that were ended early are none of the best. Empty while fewer than `fewest` count, when
    chance decides, or where all are alike."""
    known = [one for one in trials if in_space(config.space, one.values)]
    done = [one for one in known if one.state == FINISHED and math.isfinite(one.value)]
    early = [one for one in known if one.state == PRUNED]
    if len(done) + len(early) < fewest or len({one.value for one in done}) < 2:
        return {}
    lower = OBJECTIVES[config.objective].lower_is_better
    worst = (max if lower else min)(one.value for one in done)
    done += [dataclasses.replace(one, state=FINISHED, value=worst) for one in early]
    if len(config.space) == 1:
        return dict.fromkeys(config.space, 1.0)
    study = _study(config, done, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        judge = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=BEST_PART)
        found = optuna.importance.get_param_importances(study, evaluator=judge)
    return {name: float(share) for name, share in found.items()}


def _study(
    config: StudyConfig, trials: Sequence[Trial], number: int, draw: int = 0
) -> optuna.Study:
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=config.startup,
        multivariate=True,
        constant_liar=len(config.devices) > 1,  # so that trials at once do not try the same
        seed=(config.seed * 10_007 + number + draw * 1_000_003) % 2**31,
    )
    lower = OBJECTIVES[config.objective].lower_is_better
    study = optuna.create_study(
        direction="minimize" if lower else "maximize",
        sampler=sampler,
        pruner=optuna.pruners.NopPruner(),
    )
    known = [one for one in trials if in_space(config.space, one.values)]
    study.add_trials([_frozen(config, one, place) for place, one in enumerate(known)])
    return study


def _frozen(config: StudyConfig, trial: Trial, place: int) -> FrozenTrial:
    """As Optuna has it. One that its user stopped early says as much as one ended early; one that
    failed by its settings is worse than all others; one that failed otherwise says nothing."""
    epochs = {number: value for number, value in enumerate(trial.course, 1) if math.isfinite(value)}
    state = TrialState.FAIL
    if trial.state == FINISHED and math.isfinite(trial.value):
        state = TrialState.COMPLETE
    elif trial.state in (PRUNED, STOPPED) and epochs:
        state = TrialState.PRUNED
    elif trial.by_settings:
        state, epochs = TrialState.PRUNED, {}  # without a number, it is the last of all
    elif trial.state == RUNNING:
        state = TrialState.RUNNING
    return FrozenTrial(
        number=place,
        trial_id=place,
        state=state,
        value=trial.value if state in (TrialState.COMPLETE,) else None,
        datetime_start=_EPOCH,
        datetime_complete=None if state == TrialState.RUNNING else _EPOCH,
        params=trial.values,
        distributions=_distributions(config.space) if trial.values else {},
        user_attrs={},
        system_attrs={},
        intermediate_values=epochs,
    )


def _distributions(space: Space) -> dict[str, BaseDistribution]:
    return {name: _distribution(domain) for name, domain in space.items()}


def _distribution(domain: Domain) -> BaseDistribution:
    if not isinstance(domain, Range):
        return CategoricalDistribution(domain.values)
    if domain.whole:
        return WholeDistribution(int(domain.low), int(domain.high), log=domain.log)
    return FloatDistribution(float(domain.low), float(domain.high), log=domain.log)
