"""The table of a study's trials: a column for each setting that is varied, and their orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agegender_tui.tuning.listing import Listed, UnderWay
from agegender_tui.tuning.names import figure, shown_value
from agegender_tui.tuning.states import trial_state
from trainer.text import printable
from trainer.tuning.best import front, ranked
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.space import Choices, Domain, Range
from trainer.tuning.study import StudyConfig
from trainer.tuning.trial_log import RUNNING, Trial

NUMBER, VALUE = "number", "value"
SETTING = "setting-"  # before the name of a setting in a column's key
BEST_MARK, FRONT_MARK = "★", "◆"
FIXED = 3  # mark, number and state stay in sight while the others are scrolled
_RANGE_WIDTH = 9  # cells; `0.0005281`
# The objective that is a figure itself has no column of its own.
_OWN = {"age_mae": "mae", "gender_accuracy": "acc"}


@dataclass(frozen=True)
class TrialColumn:
    """A column of the table, by its `key` and heading; `name` of the setting it is of, if any."""

    key: str
    heading: str
    width: int
    right: bool = True
    name: str = ""


def columns_of(config: StudyConfig) -> tuple[TrialColumn, ...]:
    """The columns of the trials of a study."""
    value = TrialColumn(VALUE, OBJECTIVES[config.objective].title.capitalize(), 7)
    return (
        TrialColumn(NUMBER, "Trial", 7),
        TrialColumn("state", "State", 9, right=False),
        *([] if config.objective in _OWN else [value]),
        TrialColumn("mae", "MAE", 7),
        TrialColumn("acc", "Gender", 8),
        TrialColumn("epochs", "Epochs", 7),
        *(
            TrialColumn(SETTING + name, name, max(len(name) + 2, _width(domain)), True, name)
            for name, domain in config.space.items()
        ),
    )


def _width(domain: Domain) -> int:
    if isinstance(domain, Range):
        return _RANGE_WIDTH
    return max(len(shown_value(value)) for value in domain.values)


def cells(
    trial: Trial, columns: Sequence[TrialColumn], far: UnderWay | None
) -> list[tuple[str, str]]:
    """(key, text) of each column; `far` is how far its run is."""
    texts: Mapping[str, Callable[[], str]] = {
        NUMBER: lambda: str(trial.number),
        "state": lambda: trial_state(trial, far),
        VALUE: lambda: figure(trial.value, ".3f"),
        "mae": lambda: figure(trial.age_mae, ".2f"),
        "acc": lambda: figure(trial.gender_accuracy, ".1%"),
        "epochs": lambda: epochs_text(trial, far),
    }
    return [
        (
            one.key,
            shown_value(trial.values.get(one.name, "")) if one.name else texts[one.key](),
        )
        for one in columns
    ]


def epochs_text(trial: Trial, far: UnderWay | None) -> str:
    """Epochs done; of those to do while it works."""
    if trial.state != RUNNING:
        return str(trial.epochs)
    return f"{far.epoch}/{far.epochs}" if far is not None and far.epochs else ""


def sorts_of(config: StudyConfig) -> tuple[str, ...]:
    """What the trials can be ordered by, in turn."""
    return (VALUE, NUMBER, *(SETTING + name for name in config.space))


def next_sort(sort: str, config: StudyConfig) -> str:
    sorts = sorts_of(config)
    return sorts[(sorts.index(sort) + 1) % len(sorts)] if sort in sorts else sorts[0]


def sorted_column(sort: str, config: StudyConfig) -> str:
    """Key of the column that a sort is shown on."""
    return _OWN.get(config.objective, VALUE) if sort == VALUE else sort


def sort_of_column(key: str, config: StudyConfig) -> str:
    """The sort of a column whose heading was clicked; '' where there is none."""
    if key == sorted_column(VALUE, config):
        return VALUE
    return key if key in sorts_of(config) else ""


def ordered(one: Listed, sort: str, turned: bool) -> list[Trial]:
    """The trials of a study whose settings are known: best, first or least first, or `turned`
    round; those without a value last in any case."""
    if one.config is None:
        return []
    if sort == NUMBER:
        return sorted(one.trials, key=lambda trial: trial.number, reverse=turned)
    best_first = ranked(one.config.objective, one.trials)
    if sort == VALUE:
        valued = [trial for trial in best_first if math.isfinite(trial.value)]
        rest = [trial for trial in best_first if not math.isfinite(trial.value)]
        return (valued[::-1] if turned else valued) + rest
    name = sort.removeprefix(SETTING)
    domain = one.config.space.get(name)
    return sorted(
        best_first, key=lambda trial: _place(domain, trial.values.get(name)), reverse=turned
    )


def _place(domain: Domain | None, value: Any) -> float:
    """Choices in the order that they are given, numbers by size."""
    if isinstance(domain, Choices):
        return float(domain.values.index(value)) if value in domain.values else math.inf
    return float(value) if isinstance(value, int | float) else math.inf


def marks_of(one: Listed) -> dict[int, str]:
    """What stands before the trials, by their number, that are the best or on the front."""
    marks = {trial.number: FRONT_MARK for trial in front(one.trials)}
    return marks | ({one.best.number: BEST_MARK} if one.best else {})


def key_of(one: Listed, trial: Trial) -> str:
    """What a row is known by: another study's trial of that number is another."""
    return f"{one.id}:{trial.number}"


def trial_of(one: Listed | None, key: str) -> Trial | None:
    """The trial of a row."""
    if one is None:
        return None
    return next((trial for trial in one.trials if key_of(one, trial) == key), None)


def setting_names(config: StudyConfig) -> str:
    """`learning_rate 0.0003..0.01:log, dropout 0..0.5`: what is varied."""
    return ", ".join(f"{name} {printable(str(domain))}" for name, domain in config.space.items())
