"""The figures an evaluation has, by name: their titles and units, and which way is better.

Light: a table of figures is shown without numpy. docs/evaluation.md defines each.
"""

from __future__ import annotations

import math
from typing import NamedTuple

RANGE = " (range)"  # ends the name of an age group of faces whose age is a range


class Figure(NamedTuple):
    """A figure and the 95 % interval it lies in; not a number where it is not defined, the bounds
    too where the faces do not say. Shares are from 0 to 1, errors in years."""

    value: float
    low: float
    high: float

    @property
    def defined(self) -> bool:
        """Whether it has a value."""
        return math.isfinite(self.value)


class Kind(NamedTuple):
    """`unit` is `years`, `%` (of a share from 0 to 1), `nats` or ''; `better` is `lower`, `higher`
    or '' where neither is, as for a bias; `decimals` are those to show; `task` `age` or
    `gender`."""

    title: str
    unit: str
    better: str
    decimals: int
    task: str

    def text(self, value: float) -> str:
        """The value without its unit, a dash where it is not a number; what rounds to 0 has no
        sign.

        >>> KINDS["gender_accuracy"].text(0.905)
        '90.5'
        """
        if not math.isfinite(value):
            return "–"
        return f"{value * (100.0 if self.unit == '%' else 1.0):z.{self.decimals}f}"


KINDS: dict[str, Kind] = {
    "age_mae": Kind("age MAE", "years", "lower", 2, "age"),
    "age_rmse": Kind("age RMSE", "years", "lower", 2, "age"),
    "age_median_error": Kind("median age error", "years", "lower", 2, "age"),
    "age_bias": Kind("age bias", "years", "", 2, "age"),
    "age_r2": Kind("age R²", "", "higher", 3, "age"),
    "age_cs3": Kind("CS@3", "%", "higher", 1, "age"),
    "age_cs5": Kind("CS@5", "%", "higher", 1, "age"),
    "age_cs10": Kind("CS@10", "%", "higher", 1, "age"),
    "group_accuracy": Kind("age group accuracy", "%", "higher", 1, "age"),
    "one_off_accuracy": Kind("one-off age group accuracy", "%", "higher", 1, "age"),
    "gender_accuracy": Kind("gender accuracy", "%", "higher", 1, "gender"),
    "gender_balanced_accuracy": Kind("balanced gender accuracy", "%", "higher", 1, "gender"),
    "gender_f1": Kind("gender F1", "%", "higher", 1, "gender"),
    "gender_auc": Kind("gender AUC", "", "higher", 3, "gender"),
    "gender_log_loss": Kind("gender log loss", "nats", "lower", 3, "gender"),
    "gender_ece": Kind("gender calibration error", "%", "lower", 1, "gender"),
    "gender_brier": Kind("gender Brier score", "", "lower", 3, "gender"),
}

# Those that are told first, and that two models are compared by in each group.
HEADLINES = ("age_mae", "gender_accuracy", "group_accuracy")
# The figures that are a share of the faces, each face counting or not.
SHARES = (
    "age_cs3",
    "age_cs5",
    "age_cs10",
    "group_accuracy",
    "one_off_accuracy",
    "gender_accuracy",
)
# Those computed from which gender is said of each face, and from nothing else.
OF_TOLD = ("gender_accuracy", "gender_balanced_accuracy", "gender_f1")
