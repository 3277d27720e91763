"""Labels that a quick linear guess, made without the face in question, strongly disbelieves.

No trained network is needed: ridge regression on edges and colours, fitted in five parts, each
guessed from the other four. It is a weak judge, so only its firmest doubts count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FOLDS = 5
LEAST_FACES = 100
_RIDGE = 100.0


@dataclass(frozen=True)
class Doubt:
    """Guesses of each face by the others: `ages` (n,) in years, `genders` (n,) about -1 (0) to 1
    (1); `age_error` and `gender_error` (n,) are how far the labels lie off, in robust deviations
    for the age and from 0 (agrees) up for the gender."""

    ages: np.ndarray
    genders: np.ndarray
    age_error: np.ndarray
    gender_error: np.ndarray


def guess(
    features: np.ndarray, ages: np.ndarray, genders: np.ndarray, trusted: np.ndarray | None = None
) -> Doubt:
    """Guess the labels of faces from `features` (n, k), each from faces of other folds only, and
    of these only from those that are `trusted` (n,) bool, where it is given.

    With fewer than `LEAST_FACES` nothing is doubted.
    """
    count = len(features)
    if count < LEAST_FACES:
        zero = np.zeros(count, "float32")
        return Doubt(ages.astype("float32"), zero, zero, zero)
    values = features.astype("float32")
    values -= values.mean(0)
    values /= values.std(0) + 1e-3
    aims = np.stack([np.sqrt(ages.astype("float32") + 1.0), genders * 2.0 - 1.0], 1)
    aims = aims.astype("float32")
    middle = aims.mean(0)
    fold = np.random.default_rng(0).permutation(count) % FOLDS
    learnt = np.ones(count, bool) if trusted is None else trusted
    parts = [values[(fold == n) & learnt] for n in range(FOLDS)]
    grams = [part.T @ part for part in parts]
    sides = [part.T @ (aims[(fold == n) & learnt] - middle) for n, part in enumerate(parts)]
    # The fewer faces there are for each feature, the less the fit is trusted.
    ridge = np.eye(values.shape[1], dtype="float32") * (_RIDGE + 0.1 * values.shape[1])
    guessed = np.zeros((count, 2), "float32")
    for n in range(FOLDS):
        gram = sum(grams[m] for m in range(FOLDS) if m != n) + ridge
        side = sum(sides[m] for m in range(FOLDS) if m != n)
        guessed[fold == n] = values[fold == n] @ np.linalg.solve(gram, side) + middle
    off = np.abs(guessed[:, 0] - aims[:, 0])
    spread = 1.4826 * float(np.median(off)) + 1e-6
    return Doubt(
        ages=np.maximum(guessed[:, 0], 0.0) ** 2 - 1.0,
        genders=guessed[:, 1],
        age_error=off / spread,
        gender_error=np.maximum(-guessed[:, 1] * aims[:, 1], 0.0),
    )
