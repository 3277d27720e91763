"""The faces a model is most wrong about, in an order that is always the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Miss:
    """A face, by its row, and how wrong the model is about it.

    Of ages `error` is in years, above 0 where the face is thought too old; of a range of ages it
    counts from the range's nearer end. Of genders it is the probability given to the wrong label.
    """

    row: int
    error: float


def worst_ages(
    lows: np.ndarray, highs: np.ndarray, said: np.ndarray, count: int | None = None
) -> list[Miss]:
    """The `count` (None: all) largest errors of age, largest first, each argument (n,) in years.

    Faces that are right, of unknown age, or of which the model says no number, are not among
    them; of equal errors the earlier row comes first.
    """
    errors = np.where(said > highs, said - highs, np.where(said < lows, said - lows, 0.0))
    return _largest(errors, count)


def worst_genders(genders: np.ndarray, chances: np.ndarray, count: int | None = None) -> list[Miss]:
    """The `count` (None: all) faces taken for the other gender with most certainty.

    `genders` (n,) 0 or 1, another number where it is not known; `chances` (n,) of label 1, above
    0.5 where the model says 1.
    """
    wrong = np.where(genders == 1, 1.0 - chances, chances)
    missed = ((genders == 1) & (chances <= 0.5)) | ((genders == 0) & (chances > 0.5))
    return _largest(np.where(missed, wrong, 0.0), count)


def _largest(errors: np.ndarray, count: int | None) -> list[Miss]:
    sizes = np.abs(np.where(np.isfinite(errors), errors, 0.0))
    order = np.argsort(-sizes, kind="stable")[:count]
    return [Miss(int(row), float(errors[row])) for row in order if sizes[row] > 0]
