"""What a run's model says of faces: predictions.csv, read without numpy."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import NamedTuple

from trainer.errors import RunError
from trainer.text import before_spreadsheet, printable

COLUMNS = ("file", "predicted_age", "predicted_gender_1")


class Prediction(NamedTuple):
    """Age in years, and the probability of gender 1, 0 to 1."""

    age: float
    female: float

    @property
    def gender(self) -> int:
        """The label that is likelier."""
        return int(self.female > 0.5)


def read_predictions(path: Path) -> dict[str, Prediction]:
    """By file name, relative to the folder of the faces; lines that say no number are left out.

    Raises RunError, naming the file, where it cannot be read or is no such table.
    """
    shown = printable(str(path))
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            table = csv.DictReader(file)
            if not set(COLUMNS) <= set(table.fieldnames or ()):
                raise RunError(f"{shown}: has no columns {', '.join(COLUMNS)}; make it anew")
            found = {}
            for row in table:
                said = _prediction(row)
                if said is not None:
                    found[before_spreadsheet(row["file"])] = said
    except FileNotFoundError:
        raise RunError(f"{shown}: there is none; a run writes it when it ends") from None
    except (OSError, csv.Error) as error:
        raise RunError(f"{shown}: cannot be read ({error}); make it anew") from None
    return found


def _prediction(row: dict[str, str]) -> Prediction | None:
    try:
        age, female = float(row["predicted_age"]), float(row["predicted_gender_1"])
    except (TypeError, ValueError):
        return None
    return Prediction(age, female) if math.isfinite(age) and 0 <= female <= 1 else None
