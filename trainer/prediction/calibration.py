"""How far a prediction may be trusted: an interval for the age, a calibrated gender probability.

The interval is split conformal (Papadopoulos et al. 2002; Lei et al. 2018, arXiv:1604.04173):
residuals of the validation part, each divided by the spread usual at that predicted age, so that
the interval of a child is narrower than that of an old face. For new faces of the same making it
covers the true age with about the chance it was asked for; a little less where the faces are few,
as the spreads are of the same ones. The temperature (Guo et al. 2017, arXiv:1706.04599) divides the
gender's logit; as few faces may all be right, which alone would make it 0, it starts from 1.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.errors import DataError
from trainer.runs.atomic import write_atomic
from trainer.runs.layout import RunDir
from trainer.text import printable

VERSION = 1
LEVELS = (0.5, 0.8, 0.9, 0.95)
LEAST_FACES = 20  # below this an interval of 95 % would be as wide as all ages
_NEIGHBOURS = 0.2  # part of the faces that the spread at an age is estimated from
_KNOTS = 9
_EPSILON = 1e-6
_SHARPNESS_SPREAD = 0.5  # of 1/temperature around 1, before any face is seen


@dataclass(frozen=True)
class Calibration:
    """`ages` and `spreads` (k,), years: the usual error at these predicted ages, between them by
    interpolation. `quantiles` maps a level to how many spreads its interval is wide, either way.
    `faces` it was made from; `temperature` of the gender."""

    faces: int
    ages: tuple[float, ...]
    spreads: tuple[float, ...]
    quantiles: Mapping[float, float]
    temperature: float

    def interval(self, ages: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bound (n,), years, not below 0; `level` is one of `LEVELS`."""
        half = self.quantiles[level] * np.interp(ages, self.ages, self.spreads)
        return np.maximum(ages - half, 0.0), ages + half

    def half_width(self, age: float, level: float) -> float:
        """How far the interval at one predicted age reaches either way, years."""
        return float(self.quantiles[level] * np.interp(age, self.ages, self.spreads))

    def gender(self, chances: np.ndarray) -> np.ndarray:
        """Calibrated probability of label 1 (n,) of raw ones; which of them pass 0.5 stays."""
        result: np.ndarray = _sigmoid(_logit(chances) / self.temperature)
        return result

    def to_json(self) -> dict[str, Any]:
        """What `calibration.json` holds."""
        return {
            "v": VERSION,
            "faces": self.faces,
            "made_of": "the validation part, which also chose the epoch",
            "age": {
                "predicted": list(self.ages),
                "spread": list(self.spreads),
                "quantiles": {f"{level:g}": width for level, width in self.quantiles.items()},
            },
            "gender": {"temperature": self.temperature},
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Calibration:
        """Read back; KeyError, TypeError, ValueError or OverflowError where it is damaged or
        newer."""
        if body["v"] != VERSION:
            raise ValueError(f"version {body['v']} is not {VERSION}")
        age = body["age"]
        made = cls(
            faces=int(body["faces"]),
            ages=tuple(map(float, age["predicted"])),
            spreads=tuple(map(float, age["spread"])),
            quantiles={float(level): float(width) for level, width in age["quantiles"].items()},
            temperature=float(body["gender"]["temperature"]),
        )
        figures = (*made.ages, *made.spreads, *made.quantiles.values(), made.temperature)
        if not all(map(math.isfinite, figures)) or made.temperature <= 0:
            raise ValueError("a figure is not finite, or the temperature not above 0")
        if not 0 < len(made.ages) == len(made.spreads) or set(made.quantiles) != set(LEVELS):
            raise ValueError("a table of another length")
        if min(*made.spreads, *made.quantiles.values()) < 0 or sorted(made.ages) != [*made.ages]:
            raise ValueError("a width below 0, or ages that do not rise")
        return made


def calibrate(
    true_ages: np.ndarray, true_genders: np.ndarray, ages: np.ndarray, chances: np.ndarray
) -> Calibration:
    """From predictions on faces that were not trained on; each argument (n,).

    `ages` in years, `chances` the probability of label 1. DataError for fewer than 20 faces.
    """
    count = len(ages)
    if count < LEAST_FACES:
        raise DataError(
            f"{count} validation faces are too few to calibrate on: use at least {LEAST_FACES}"
        )
    ages = np.asarray(ages, "float64")
    errors = np.abs(ages - true_ages)
    knots, spreads = _spread(ages, errors)
    scores = np.sort(errors / np.interp(ages, knots, spreads))
    # The conformal rank: one more face, the new one, is counted among them.
    ranks = {level: min(math.ceil((count + 1) * level), count) for level in LEVELS}
    return Calibration(
        faces=count,
        ages=tuple(knots.tolist()),
        spreads=tuple(spreads.tolist()),
        quantiles={level: float(scores[rank - 1]) for level, rank in ranks.items()},
        temperature=_temperature(true_genders, chances),
    )


def _spread(ages: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean error of the nearest faces at some predicted ages, drawn a little towards the mean of
    all, so that a run of lucky faces does not promise certainty."""
    order = np.argsort(ages, kind="stable")
    ages, errors = ages[order], errors[order]
    near = max(LEAST_FACES, round(_NEIGHBOURS * len(ages)))
    knots = np.unique(np.quantile(ages, np.linspace(0, 1, _KNOTS)))
    overall = max(float(errors.mean()), _EPSILON)
    spreads = []
    for knot in knots:
        first = int(np.clip(np.searchsorted(ages, knot) - near // 2, 0, max(len(ages) - near, 0)))
        local = float(errors[first : first + near].mean())
        spreads.append(0.9 * local + 0.1 * overall)
    return knots, np.array(spreads)


def _temperature(true_genders: np.ndarray, chances: np.ndarray) -> float:
    """The likeliest divisor of the logits, between 0.1 and 10, where 1/temperature is taken for
    normal around 1 beforehand: that weighs about as much as a dozen faces do, and some hundred
    outweigh it. By bisection on the derivative of cross-entropy and prior, both convex in
    1/temperature."""
    logits, labels = _logit(chances), np.asarray(true_genders, "float64")
    low, high = 0.1, 10.0  # of 1/temperature
    for _ in range(60):
        middle = math.sqrt(low * high)
        slope = float(np.sum((_sigmoid(logits * middle) - labels) * logits))
        slope += (middle - 1) / _SHARPNESS_SPREAD**2
        low, high = (low, middle) if slope > 0 else (middle, high)
    return 1 / math.sqrt(low * high)


def _logit(chances: np.ndarray) -> np.ndarray:
    clipped = np.clip(np.asarray(chances, "float64"), _EPSILON, 1 - _EPSILON)
    result: np.ndarray = np.log(clipped) - np.log1p(-clipped)
    return result


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    result: np.ndarray = 1 / (1 + np.exp(-logits))
    return result


Predictions = dict[str, tuple[float, float, float, float]]


def read_predictions(path: Path) -> Predictions:
    """file → (true age, true gender, predicted age, probability of label 1) of `predictions.csv`.

    DataError where it cannot be read.
    """
    columns = ("age", "gender", "predicted_age", "predicted_gender_1")
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            rows: Predictions = {}
            for row in csv.DictReader(file):
                age, gender, said_age, said_gender = (float(row[name]) for name in columns)
                rows[row["file"]] = (age, gender, said_age, said_gender)
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise DataError(
            f"{printable(str(path))}: cannot be read ({printable(str(error))}); without it a "
            "prediction has no interval"
        ) from None
    return rows


def calibrate_rows(rows: Sequence[tuple[float, float, float, float]]) -> Calibration:
    """`calibrate` on rows as `read_predictions` gives them."""
    table = np.array(rows, "float64").reshape(-1, 4)
    return calibrate(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def calibrate_mean(runs: Sequence[RunDir], *, flipped: bool = False) -> Calibration:
    """Of the mean of several models, on the faces that none of them was trained on: those in all
    their validation parts, with the same labels. DataError where these are too few, or where most
    faces of one name have several labels, so that they are of unlike data sets."""
    tables = [read_predictions(_predictions_file(run, flipped)) for run in runs]
    shared = sorted(set.intersection(*map(set, tables)))
    if not shared:  # as of the folds of a repeat
        raise DataError("the models share no validation faces")
    faces = [[table[name] for table in tables] for name in shared]
    agreed = [rows for rows in faces if len({row[:2] for row in rows}) == 1]
    if 2 * len(agreed) < len(faces):
        raise DataError(
            f"{', '.join(run.id for run in runs)}: {len(faces) - len(agreed)} of {len(faces)} "
            "validation faces of the same name have other labels; without one set of faces a mean "
            "has no interval"
        )
    return calibrate_rows([_mean(rows) for rows in agreed])


def _mean(
    rows: Sequence[tuple[float, float, float, float]],
) -> tuple[float, float, float, float]:
    age, gender = rows[0][:2]
    return age, gender, sum(r[2] for r in rows) / len(rows), sum(r[3] for r in rows) / len(rows)


def _predictions_file(run: RunDir, flipped: bool) -> Path:
    return run.flipped_predictions_file if flipped else run.predictions_file


def stored(calibration: Calibration, flipped: Calibration) -> dict[str, Any]:
    """What `calibration.json` holds: of a model asked once for a face, and below `flipped` of one
    whose answers to the face and its mirror image are averaged."""
    return {**calibration.to_json(), "flipped": flipped.to_json()}


def write_calibration(path: Path, calibration: Calibration, flipped: Calibration) -> None:
    """Write `calibration.json` beside the model."""
    body = stored(calibration, flipped)
    write_atomic(path, json.dumps(body, indent=2, allow_nan=False) + "\n")


def run_calibration(run: RunDir, *, flipped: bool = False) -> Calibration:
    """The stored calibration of a run; of an older run, or where it is damaged, made now from its
    predictions. DataError where there are none: of an older run there may be none `flipped`."""
    try:
        body = json.loads(run.calibration_file.read_bytes())
        return Calibration.from_json(body["flipped"] if flipped else body)
    except (OSError, ArithmeticError, ValueError, KeyError, TypeError, AttributeError):
        return calibrate_rows(list(read_predictions(_predictions_file(run, flipped)).values()))
