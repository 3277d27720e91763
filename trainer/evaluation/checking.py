"""Whether a model still says of its validation faces what its run wrote down of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trainer.errors import RunError
from trainer.runs.layout import RunDir
from trainer.runs.predictions import read_predictions

# Another device or precision shifts an answer by less; another picture by more, mostly.
YEARS, CHANCE = 1.0, 0.1
CHANGED = "changed since the run: the model says something else of it than in predictions.csv"


def changed_since(
    run: RunDir, files: Sequence[str], ages: np.ndarray, female: np.ndarray
) -> tuple[list[int], str]:
    """Places in `files` whose pictures changed since the run, told by what its model said of them
    then; and a sentence where that cannot be told. `ages` and `female` (n,) are what it says now.

    Where it says another thing of most, not the pictures changed but the model.
    """
    try:
        said = read_predictions(run.predictions_file)
    except RunError as error:
        return [], f"whether pictures changed since the run is not known: {error}"
    places = [place for place, name in enumerate(files) if name in said]
    then = np.array([said[files[place]] for place in places], "float64").reshape(-1, 2)
    off = np.abs(ages[places] - then[:, 0]) > YEARS
    off |= np.abs(female[places] - then[:, 1]) > CHANCE
    if off.sum() * 2 > len(places):
        return [], (
            f"the model says another thing of {int(off.sum()):,} of {len(places):,} faces than "
            "predictions.csv of its run: one of the two files was replaced"
        )
    return [place for place, differs in zip(places, off, strict=True) if differs], ""
