"""What a study looks for, as one number to be lowered or raised. Imports in milliseconds."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trainer.runs.layout import RunDir


@dataclass(frozen=True)
class Baseline:
    """What one reaches who always says the median age and the commoner gender: mean absolute error
    in years, and part of the genders that are wrong; 0 of faces that are all alike."""

    age_mae: float
    gender_error: float


@dataclass(frozen=True)
class Objective:
    """`title` heads a column, `meaning` is a sentence for help and form; `relative`: it is
    measured by the baseline."""

    title: str
    meaning: str
    lower_is_better: bool
    of: Callable[[float, float, Baseline], float]
    relative: bool = False

    def value(self, figures: Mapping[str, float], baseline: Baseline) -> float:
        """Of `age_mae` in years and `gender_accuracy`, 0 to 1; NaN where one is not finite."""
        age, accuracy = figures.get("age_mae"), figures.get("gender_accuracy")
        if age is None or accuracy is None or not math.isfinite(age + accuracy):
            return math.nan
        return self.of(age, accuracy, baseline)

    def better(self, one: float, other: float) -> bool:
        return one < other if self.lower_is_better else one > other


def _mean_share(*parts: tuple[float, float]) -> float:
    """The mean of each error over its baseline, without those whose baseline is 0; NaN of none."""
    shares = [error / baseline for error, baseline in parts if baseline]
    return statistics.fmean(shares) if shares else math.nan


OBJECTIVES: dict[str, Objective] = {
    "both": Objective(
        "error",
        "the mean of both errors, each as a share of what always guessing has: the median age, the "
        "commoner gender; of a task in which all faces are alike there is none",
        True,
        lambda age, accuracy, base: _mean_share(
            (age, base.age_mae), (1 - accuracy, base.gender_error)
        ),
        relative=True,
    ),
    "age_mae": Objective(
        "MAE", "the mean absolute error of the age, years", True, lambda age, accuracy, base: age
    ),
    "gender_accuracy": Objective(
        "acc", "the share of genders told right", False, lambda age, accuracy, base: accuracy
    ),
}


def read_baseline(run: RunDir) -> Baseline | None:
    """Of the validation faces of a run, by its `split.csv`; None where there is none, or it is
    damaged. OSError where it cannot be read now."""
    try:
        with open(run.split_file, newline="", encoding="utf-8", errors="surrogateescape") as file:
            rows = [row for row in csv.DictReader(file) if row["part"] == "validation"]
        ages = [float(row["age"]) for row in rows]
        genders = [int(row["gender"]) for row in rows]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    if not rows:
        return None
    middle = statistics.median(ages)
    female = sum(genders) / len(genders)
    mae = statistics.fmean(abs(age - middle) for age in ages)
    return Baseline(mae, min(female, 1 - female))
