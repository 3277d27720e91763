"""Runs side by side: what each reached, how fast, and how large its network is."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trainer.config import RunConfig
from trainer.presets import preset_or_model
from trainer.runs.course import Course
from trainer.runs.events import EpochEvent
from trainer.runs.layout import RunDir
from trainer.text import printable

MOST_RUNS = 6  # that one chart shows and still tells apart


@dataclass(frozen=True)
class Compared:
    """A run that is compared: where it lies, what it is called, what it was to do, how it went, and
    how large its model is (`size_of_model`)."""

    run: RunDir
    label: str
    config: RunConfig | None
    course: Course
    model_bytes: int | None = None

    @property
    def name(self) -> str:
        """`B-features x7k2`, before it the label where there is one: `wide (B-features x7k2)`."""
        config = self.config
        kind = printable(preset_or_model(config.preset, config.model)) if config else ""
        short = f"{kind} {self.run.id[-4:]}".strip()
        return f"{printable(self.label)} ({short})" if self.label else short


@dataclass(frozen=True)
class Figures:
    """The figures of one run; NaN, or None for a count, where they are not known.

    Metrics are of the validation part, MAE in years, accuracy 0 to 1, times in seconds of work
    (trainer.runs.course). `best_epoch` is the epoch whose weights are saved, chosen by validation
    loss. `target_age_mae` is the lowest that all the runs compared have reached.
    """

    run: str
    label: str
    model: str
    preset: str
    epochs: int
    best_epoch: int | None = None
    age_mae: float = math.nan
    gender_accuracy: float = math.nan
    lowest_age_mae: float = math.nan
    lowest_age_mae_epoch: int | None = None
    highest_gender_accuracy: float = math.nan
    highest_gender_accuracy_epoch: int | None = None
    seconds_to_best: float = math.nan
    target_age_mae: float = math.nan
    epochs_to_target: int | None = None
    seconds_to_target: float = math.nan
    seconds_per_epoch: float = math.nan
    preparation_seconds: float = math.nan
    images_per_second: float = math.nan
    parameters: int | None = None
    trainable_parameters: int | None = None
    model_bytes: int | None = None


def compare(runs: Sequence[Compared]) -> list[Figures]:
    """The figures of each run, in the order given."""
    reached = [_extreme(one.course, "age_mae", least=True) for one in runs]
    values = [epoch.validation["age_mae"] for epoch in reached if epoch]
    target = max(values) if len(runs) > 1 and len(values) == len(runs) else math.nan
    return [_figures(one, target) for one in runs]


def _figures(one: Compared, target: float) -> Figures:
    course, config = one.course, one.config
    base = Figures(
        run=one.run.id,
        label=one.label,
        model=config.model if config else "",
        preset=config.preset if config else "",
        epochs=len(course.epochs),
        parameters=course.parameters,
        trainable_parameters=course.trainable,
        model_bytes=one.model_bytes,
    )
    if not course.epochs:
        return base
    best = course.best
    lowest = _extreme(course, "age_mae", least=True)
    highest = _extreme(course, "gender_accuracy", least=False)
    there = next((e for e in course.epochs if _value(e, "age_mae") <= target), None)
    return dataclasses.replace(
        base,
        best_epoch=best.epoch if best else None,
        age_mae=_value(best, "age_mae"),
        gender_accuracy=_value(best, "gender_accuracy"),
        lowest_age_mae=_value(lowest, "age_mae"),
        lowest_age_mae_epoch=lowest.epoch if lowest else None,
        highest_gender_accuracy=_value(highest, "gender_accuracy"),
        highest_gender_accuracy_epoch=highest.epoch if highest else None,
        seconds_to_best=course.seconds_of(best.epoch) if best else math.nan,
        target_age_mae=target,
        epochs_to_target=there.epoch if there else None,
        seconds_to_target=course.seconds_of(there.epoch) if there else math.nan,
        seconds_per_epoch=_median(e.seconds for e in course.epochs),
        preparation_seconds=course.preparation,
        images_per_second=_median(e.images_per_second for e in course.epochs),
    )


def _value(epoch: EpochEvent | None, metric: str) -> float:
    return epoch.validation.get(metric, math.nan) if epoch else math.nan


def _extreme(course: Course, metric: str, *, least: bool) -> EpochEvent | None:
    finite = [epoch for epoch in course.epochs if math.isfinite(_value(epoch, metric))]
    if not finite:
        return None
    return (min if least else max)(finite, key=lambda epoch: _value(epoch, metric))


def _median(values: Iterable[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return statistics.median(finite) if finite else math.nan


def size_of_model(run: RunDir, config: RunConfig | None) -> int | None:
    """Bytes of the saved model, asked of the disk; None where there is none."""
    try:
        return run.model_file(config.model).stat().st_size if config else None
    except OSError:
        return None  # not saved yet
