"""The epochs and the figures of several runs as CSV."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

from trainer.csv_lines import csv_lines
from trainer.runs.comparison import Compared, Figures
from trainer.runs.events import METRICS
from trainer.text import spreadsheet_safe


def figures_csv(figures: Sequence[Figures]) -> str:
    """The table for spreadsheets: a line a run, a column a figure, empty where unknown."""
    names = [field.name for field in dataclasses.fields(Figures)]
    return csv_text([names, *([getattr(one, name) for name in names] for one in figures)])


def epochs_csv(runs: Sequence[Compared]) -> str:
    """The epochs of all runs, one below the other: the columns of `history.csv` behind the run's
    id, its label, its model and the seconds of work until the end of the epoch."""
    rest = ("learning_rate", "seconds", "images_per_second", "best")
    lead = ("run", "label", "model", "epoch", "seconds_of_work")
    table: list[list[object]] = [[*lead, *METRICS, *(f"val_{name}" for name in METRICS), *rest]]
    for one in runs:
        model = one.config.model if one.config else ""
        for epoch, seconds in zip(one.course.epochs, one.course.seconds, strict=True):
            table.append(
                [
                    one.run.id,
                    one.label,
                    model,
                    epoch.epoch,
                    round(seconds, 3),
                    *(epoch.train.get(name) for name in METRICS),
                    *(epoch.validation.get(name) for name in METRICS),
                    epoch.learning_rate,
                    epoch.seconds,
                    epoch.images_per_second,
                    int(epoch.best),
                ]
            )
    return csv_text(table)


def csv_text(table: Iterable[Iterable[object]]) -> str:
    """Rows as CSV: safe in spreadsheets, empty where a figure is not finite."""
    return csv_lines([_cell(value) for value in row] for row in table)


def _cell(value: object) -> object:
    if isinstance(value, str):
        return spreadsheet_safe(value)
    return "" if isinstance(value, float) and not math.isfinite(value) else value
