"""What the model of a run says of its validation faces when it sees them mirrored too. A run writes
that table when it ends; of runs older than the table it is made here, from their pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from trainer.data.decode import UnreadableFace, read_face
from trainer.data.source import parse_source
from trainer.errors import DataError
from trainer.prediction.calibration import LEAST_FACES, Predictions, read_predictions
from trainer.runs.layout import RunDir
from trainer.text import before_spreadsheet, printable
from trainer.training.outputs import write_predictions

BATCH = 64
# Beyond what another device or batch computes: then the pictures are others.
_SAME_AGE = 1.0
Raw = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def average(raw: Raw, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Age in years (n,) and probability of label 1 (n,) of (n, 128, 128, 3) uint8 RGB, each the
    mean of what `raw` says of the face and of its mirror image."""
    (ages, chances), (other_ages, other_chances) = (
        raw(np.ascontiguousarray(images)) for images in (crops, crops[:, :, ::-1])
    )
    return (ages + other_ages) / 2, (chances + other_chances) / 2


def make_flipped_predictions(run: RunDir, raw: Raw, cancelled: Callable[[], bool]) -> bool:
    """Write `predictions_flipped.csv` of `run`, whose model answers by `raw`; False if
    `cancelled()`, which is asked between batches and gives up.

    DataError where its predictions, its data set or the pictures it was validated on are not there
    any more, or are others; StorageError where it cannot be written.
    """
    known = read_predictions(run.predictions_file)
    data = run.config().data
    folder = parse_source(data).folder
    names = [name for name in known if _is_there(folder / before_spreadsheet(name))]
    if len(names) < min(LEAST_FACES, len(known)):
        raise DataError(
            f"{printable(str(folder))}: {len(names)} of the {len(known)} faces that {run.id} was "
            "validated on are there, too few to calibrate mirrored predictions on"
        )
    rows: list[tuple[str, float, float, float, float]] = []
    for first in range(0, len(names), BATCH):
        if cancelled():
            return False
        rows += _rows(raw, folder, names[first : first + BATCH], known, check=not first)
    files = [before_spreadsheet(name) for name, *_ in rows]
    table = np.array([row[1:] for row in rows], "float64").reshape(-1, 4)
    write_predictions(run.flipped_predictions_file, files, *table.T)
    return True


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that may not be looked into
        return False


def _rows(
    raw: Raw, folder: Path, names: list[str], known: Predictions, check: bool
) -> list[tuple[str, float, float, float, float]]:
    found: dict[str, np.ndarray] = {}
    for name in names:
        try:
            found[name] = read_face(folder / before_spreadsheet(name))[0]
        except UnreadableFace:
            continue
    if not found:
        return []
    crops = np.stack(list(found.values()))
    if check:
        away = np.abs(raw(crops)[0] - [known[name][2] for name in found])
        if np.median(away) > _SAME_AGE:
            raise DataError(
                f"{printable(str(folder))}: the model says something else of its faces than when "
                "it was validated, so they are not the same and nothing can be calibrated on them"
            )
    ages, chances = average(raw, crops)
    return [
        (name, *known[name][:2], float(age), float(chance))
        for name, age, chance in zip(found, ages, chances, strict=True)
    ]
