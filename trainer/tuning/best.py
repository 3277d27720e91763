"""Which trial of a study is the best, and how that came. Imports in milliseconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.study import StudyConfig
from trainer.tuning.trial_log import FINISHED, Trial

FEWEST_FOR_SHARES = 20  # trials before what sets the best apart is hardly chance any more


def best_of(objective: str, trials: Sequence[Trial]) -> Trial | None:
    """Of those that finished; None where none did. Of two with the same value the one with the
    better other figure, then the earlier one."""
    counting = [one for one in trials if one.state == FINISHED and math.isfinite(one.value)]
    return min(counting, key=_place(objective), default=None)


def best_so_far(objective: str, trials: Sequence[Trial]) -> list[tuple[int, float]]:
    """The number of each finished trial, in the order given, and the best value until then."""
    found: list[tuple[int, float]] = []
    better = OBJECTIVES[objective].better
    for trial in trials:
        if trial.state == FINISHED and math.isfinite(trial.value):
            last = found[-1][1] if found else trial.value
            found.append((trial.number, trial.value if better(trial.value, last) else last))
    return found


def front(trials: Sequence[Trial]) -> list[Trial]:
    """The Pareto front of both figures, from the lowest age MAE to the highest gender accuracy: the
    finished trials to which no other is as good in one figure and better in the other. Of two that
    are the same in both the earlier one."""
    finished = [
        one
        for one in trials
        if one.state == FINISHED and math.isfinite(one.age_mae + one.gender_accuracy)
    ]
    found: list[Trial] = []
    for one in sorted(finished, key=lambda one: (one.age_mae, -one.gender_accuracy, one.number)):
        if not found or one.gender_accuracy > found[-1].gender_accuracy:
            found.append(one)
    return found


def ranked(objective: str, trials: Sequence[Trial]) -> list[Trial]:
    """The finished ones from the best on, those with the same value by their figures, then those
    that have a value, then the rest, in their order."""
    return sorted(trials, key=_place(objective))


def _place(objective: str) -> Callable[[Trial], tuple[float, ...]]:
    sign = 1 if OBJECTIVES[objective].lower_is_better else -1

    def place(trial: Trial) -> tuple[float, ...]:
        if not math.isfinite(trial.value):
            return 2, trial.number
        figures = trial.age_mae, -trial.gender_accuracy
        return int(trial.state != FINISHED), sign * trial.value, *figures, trial.number

    return place


def count_text(trials: int) -> str:
    """`1 trial`, `30 trials`."""
    return f"{trials} trial{'s' * (trials != 1)}"


def told(config: StudyConfig, trials: Sequence[Trial]) -> str:
    """What a study came to, in a sentence."""
    best = best_of(config.objective, trials)
    count = count_text(len(trials))
    if best is None:
        return f"{count}, of which none finished"
    return (
        f"{count}; the best is trial {best.number}: {best.age_mae:.2f} years, "
        f"{100 * best.gender_accuracy:.1f} %"
    )
