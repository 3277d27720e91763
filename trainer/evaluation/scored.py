"""What one model said of the faces of one data set, beside what is known of them."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.source import parse_source
from trainer.errors import DamagedError, RunError
from trainer.evaluation.store import EvaluationDir
from trainer.runs.atomic import write_atomic
from trainer.text import before_spreadsheet, printable, spreadsheet_safe

COLUMNS = (
    "file",
    "age_low",
    "age_high",
    "gender",
    "race",
    "predicted_age",
    "predicted_gender_1",
    "pixels",
)


@dataclass(frozen=True)
class Scored:
    """n faces. `folder` holds them, `files` are paths relative to it. `age_low` and `age_high`
    (n,) float64 are the first and last year the age may have, the same where it is exact, not a
    number where it is unknown; `genders` and `races` (n,) int as labels code them, -1 unknown.
    `ages` (n,) float64 years and `female` (n,) float64, the probability of gender 1, are the
    model's words. `pixels` has a digest of each decoded face, so that two evaluations are compared
    on faces that are still the same; empty where that is not known. `part` is `validation` or
    `all`."""

    model: str
    network: str
    data: str
    part: str
    model_fingerprint: str
    data_fingerprint: str
    folder: Path
    files: tuple[str, ...]
    age_low: np.ndarray
    age_high: np.ndarray
    genders: np.ndarray
    races: np.ndarray
    ages: np.ndarray
    female: np.ndarray
    pixels: tuple[str, ...] = ()

    @property
    def exact(self) -> np.ndarray:
        """(n,) bool: whose age is known to the year."""
        result: np.ndarray = self.age_low == self.age_high
        return result

    @property
    def ranged(self) -> np.ndarray:
        """(n,) bool: of whose age only a range is known."""
        result: np.ndarray = self.age_low < self.age_high
        return result

    @property
    def errors(self) -> np.ndarray:
        """(n,) float64 years, predicted less true; not a number where the age is not exact."""
        result: np.ndarray = np.where(self.exact, self.ages - self.age_low, np.nan)
        return result

    def take(self, rows: np.ndarray) -> Scored:
        """Only these rows, by number or by a mask (n,)."""
        places = np.arange(len(self.files))[rows]
        return replace(
            self,
            files=tuple(self.files[place] for place in places),
            age_low=self.age_low[places],
            age_high=self.age_high[places],
            genders=self.genders[places],
            races=self.races[places],
            ages=self.ages[places],
            female=self.female[places],
            pixels=tuple(self.pixels[place] for place in places) if self.pixels else (),
        )


def write_scored(path: Path, scored: Scored) -> str:
    """`predictions.csv`; numbers in full, so that they can be checked and read back to the bit.
    Returns a digest of the file, to be kept beside the figures."""
    text = io.StringIO()
    # A lone carriage return in a name ends a row unless it stands in quotes.
    table = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    table.writerows(_cells(scored))
    content = text.getvalue().encode("utf-8", "surrogateescape")
    write_atomic(path, content)
    return _digest(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]


def _cells(scored: Scored) -> Iterator[tuple[str, ...]]:
    digests = scored.pixels or ("",) * len(scored.files)
    for row, name in enumerate(scored.files):
        yield (
            spreadsheet_safe(name),
            _year(scored.age_low[row]),
            _year(scored.age_high[row]),
            _code(scored.genders[row]),
            _code(scored.races[row]),
            repr(float(scored.ages[row])),
            repr(float(scored.female[row])),
            digests[row],
        )


def _year(value: float) -> str:
    return "" if np.isnan(value) else str(int(value))


def _code(value: int) -> str:
    return "" if value < 0 else str(int(value))


def read_scored(directory: EvaluationDir) -> Scored:
    """Read an evaluation back; RunError where it is not done or its files are damaged."""
    summary = directory.summary()
    shown = printable(str(directory.predictions_file))
    try:
        columns = _columns(directory.predictions_file, summary["data"])
        return Scored(
            model=str(summary["model"]["name"]),
            network=str(summary["model"]["network"]),
            data=str(summary["data"]["name"]),
            part=str(summary["data"]["part"]),
            model_fingerprint=str(summary["model"]["fingerprint"]),
            data_fingerprint=str(summary["data"]["fingerprint"]),
            # Faces are the same by whatever way their folder was given.
            folder=Path(os.path.realpath(parse_source(summary["data"]["source"]).folder)),
            files=tuple(map(before_spreadsheet, columns[0])),
            age_low=_numbers(columns[1]),
            age_high=_numbers(columns[2]),
            genders=_codes(columns[3]),
            races=_codes(columns[4]),
            ages=_numbers(columns[5]),
            female=_numbers(columns[6]),
            pixels=tuple(columns[7]) if any(columns[7]) else (),
        )
    except (FileNotFoundError, LookupError, TypeError, ValueError, csv.Error) as error:
        raise DamagedError(
            f"{shown}: cannot be read ({printable(str(error))}); evaluate anew with --redo"
        ) from None
    except OSError as error:
        raise RunError(f"{shown}: cannot be read ({error.strerror})") from None


def _columns(path: Path, data: dict[str, Any]) -> list[tuple[str, ...]]:
    """The cells below each of COLUMNS; ValueError where the table is not the one that `data` of
    `evaluation.json` was written beside."""
    content = path.read_bytes()
    if data.get("predictions", _digest(content)) != _digest(content):
        raise ValueError("it is not the table that the figures are of")
    text = content.decode("utf-8", "surrogateescape")
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    if len(rows) != data["faces"]:
        raise ValueError(f"it has {len(rows)} rows where {data['faces']} faces were scored")
    places = [head.index(name) for name in COLUMNS]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(head):
            raise ValueError(f"row {number} has {len(row)} cells instead of {len(head)}")
    return [tuple(row[place] for row in rows) for place in places]


def _numbers(cells: tuple[str, ...]) -> np.ndarray:
    return np.array([float(cell) if cell else np.nan for cell in cells], "float64")


def _codes(cells: tuple[str, ...]) -> np.ndarray:
    return np.array([int(cell) if cell else -1 for cell in cells], "int64")
