"""Epochs as tables, in every way they are written."""

from __future__ import annotations

import csv
import dataclasses
import math
from pathlib import Path

from agegender_tui.chart_export import table_text
from tests.agegender_tui.test_series import course, epoch
from trainer.export.tables import epochs_csv
from trainer.runs.comparison import Compared
from trainer.runs.layout import RunDir
from trainer.training.outputs import write_history


def test_what_is_not_finite_is_an_empty_cell_in_every_table_of_epochs(tmp_path: Path) -> None:
    went = course(epoch(1, math.nan, train=math.inf), epoch(2, 0.5))
    history = tmp_path / "history.csv"
    write_history(history, [dataclasses.asdict(one) for one in went.epochs])
    overlaid = epochs_csv([Compared(RunDir(tmp_path / "a-run"), "", None, went)])
    for text in (history.read_text(), table_text(went.epochs), overlaid):
        first, second = csv.DictReader(text.splitlines())
        assert (first["age_mae"], first["val_age_mae"]) == ("", "")
        assert (second["age_mae"], second["val_age_mae"]) == ("1.0", "0.5")
    assert history.read_text() == table_text(went.epochs)
