"""The figures of runs as the lines of a table, for a screen, a picture or a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trainer.runs.comparison import Figures
from trainer.text import duration


@dataclass(frozen=True)
class Row:
    """One line of the table: what it is and its text for a run.

    Where runs can be better or worse at it, `value` is the number that tells, and `better` -1 if
    less is better, 1 if more is. The way to a run's own best is not such a line, that to what all
    have reached is.
    """

    heading: str
    text: Callable[[Figures], str]
    value: Callable[[Figures], float | None] | None = None
    better: int = -1


def rows(figures: Sequence[Figures]) -> list[Row]:
    """The table, most telling first."""
    found = [
        Row("age MAE, best epoch", lambda f: _years(f.age_mae), lambda f: f.age_mae),
        Row(
            "gender accuracy, best epoch",
            lambda f: _percent(f.gender_accuracy),
            lambda f: f.gender_accuracy,
            better=1,
        ),
        Row(
            "epochs to best, of all",
            lambda f: f"{_count(f.best_epoch)} of {_count(f.epochs)}",
        ),
        Row("time to best", lambda f: duration(f.seconds_to_best)),
        Row(
            "seconds per epoch",
            lambda f: _figure(f.seconds_per_epoch, ".1f"),
            lambda f: f.seconds_per_epoch,
        ),
        Row("parameters", lambda f: _count(f.parameters)),
        Row("  trainable", lambda f: _count(f.trainable_parameters)),
        Row("size on disk", lambda f: _mebibytes(f.model_bytes)),
    ]
    target = next((f.target_age_mae for f in figures), math.nan)
    if math.isfinite(target):
        found += [
            Row(
                f"epochs to MAE {target:.2f} y",
                lambda f: _count(f.epochs_to_target),
                lambda f: f.epochs_to_target,
            ),
            Row(
                f"time to MAE {target:.2f} y",
                lambda f: duration(f.seconds_to_target),
                lambda f: f.seconds_to_target,
            ),
        ]
    found += [
        Row(
            "lowest age MAE",
            lambda f: _years(f.lowest_age_mae) + _at(f.lowest_age_mae_epoch),
            lambda f: f.lowest_age_mae,
        ),
        Row(
            "highest gender accuracy",
            lambda f: _percent(f.highest_gender_accuracy) + _at(f.highest_gender_accuracy_epoch),
            lambda f: f.highest_gender_accuracy,
            better=1,
        ),
        Row(
            "before the first step",
            lambda f: duration(f.preparation_seconds),
            lambda f: f.preparation_seconds,
        ),
        Row(
            "images per second",
            lambda f: _figure(f.images_per_second, ",.0f"),
            lambda f: f.images_per_second,
            better=1,
        ),
    ]
    return found


def leaders(row: Row, figures: Sequence[Figures]) -> set[int]:
    """Which of the runs are the best in that row; none where all are or nothing is compared."""
    if row.value is None:
        return set()
    values = [row.value(one) for one in figures]
    known = [value for value in values if value is not None and math.isfinite(value)]
    if len(known) < 2 or min(known) == max(known):
        return set()
    top = max(known) if row.better > 0 else min(known)
    return {index for index, value in enumerate(values) if value == top}


def _figure(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "–"


def _years(value: float) -> str:
    return _figure(value, ".2f") + " y" * math.isfinite(value)


def _percent(value: float) -> str:
    return _figure(100 * value, ".1f") + " %" * math.isfinite(value)


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _at(epoch: int | None) -> str:
    return "" if epoch is None else f" at {epoch}"


def _mebibytes(value: int | None) -> str:
    return "–" if value is None else f"{value / 2**20:.1f} MiB"
