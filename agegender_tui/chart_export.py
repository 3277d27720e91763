"""The curves as a picture and the epochs as a table, written when the user asks for them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from trainer.errors import RunError
from trainer.export.tables import csv_text, epochs_csv, figures_csv
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.runs.comparison import Compared, compare
from trainer.runs.events import METRICS, EpochEvent
from trainer.runs.layout import RunDir
from trainer.runs.state import read_state
from trainer.text import printable


def no_epoch(run: RunDir) -> str:
    """Why there is nothing to export of a run whose events tell of no epoch."""
    if read_state(run).epoch:
        file = printable(str(run.events_file))
        return f"{file}: tells of no epoch, though there were some; it is damaged or was replaced"
    return f"{run.id} has no finished epoch yet: there is nothing to export"


def export_curves(run: RunDir, history: Sequence[EpochEvent], elsewhere: Path) -> tuple[Path, Path]:
    """Write curves and epochs as PNG and CSV; returns their paths.

    They go into the run directory under names of their own, beside what the worker writes at its
    end; to `elsewhere` where the run directory cannot be written. RunError before the first
    epoch. Takes a second: call it on a thread.
    """
    from trainer.export.curves import draw_curves

    if not history:
        raise RunError(no_epoch(run))
    folder = _folder(run, elsewhere)
    last = history[-1].epoch
    picture = folder / f"curves-epoch-{last}.png"
    table = folder / f"epochs-{last}.csv"
    draw_curves(picture, [dataclasses.asdict(epoch) for epoch in history], title=run.id)
    write_atomic(table, table_text(history))
    return picture, table


def export_overlay(runs: Sequence[Compared], elsewhere: Path) -> tuple[Path, Path, Path]:
    """Write several runs overlaid as PNG, their epochs and their figures as CSV; returns the paths.

    They go where the files of the first run go. RunError while none of the runs has an epoch.
    """
    from trainer.export.overlay import draw_overlay

    if not any(one.course.epochs for one in runs):
        raise RunError("none of the runs has a finished epoch yet: there is nothing to export")
    folder = _folder(runs[0].run, elsewhere)
    stem = "-".join(("overlay", *(one.run.id[-4:] for one in runs)))
    picture, epochs, figures = (
        folder / f"{stem}{rest}" for rest in (".png", "-epochs.csv", "-figures.csv")
    )
    draw_overlay(picture, runs)
    write_atomic(epochs, epochs_csv(runs))
    write_atomic(figures, figures_csv(compare(runs)))
    return picture, epochs, figures


def _folder(run: RunDir, elsewhere: Path) -> Path:
    """The run directory, or a folder for the run in `elsewhere` where that cannot be written."""
    if os.access(run.path, os.W_OK):
        return run.path
    with storage_errors(elsewhere):
        folder = elsewhere.absolute() / run.id
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def table_text(history: Sequence[EpochEvent]) -> str:
    """The epochs as CSV, with the columns of the worker's history.csv."""
    rest = ("learning_rate", "seconds", "images_per_second", "best")
    table: list[list[object]] = [["epoch", *METRICS, *(f"val_{name}" for name in METRICS), *rest]]
    for epoch in history:
        table.append(
            [
                epoch.epoch,
                *(epoch.train.get(name, "") for name in METRICS),
                *(epoch.validation.get(name, "") for name in METRICS),
                epoch.learning_rate,
                epoch.seconds,
                epoch.images_per_second,
                int(epoch.best),
            ]
        )
    return csv_text(table)
