"""Where the years of an age distribution lie, set once training is over.

What keeps a network from overfitting (faces that are mixed, dropout, averages) also draws the
expected age of the old and the young towards the middle, on the faces it was trained on as on
others. Its mean is a dense layer over the years 0 to 116; stretching gives each class another age
in their place: those at birth, at the median of the training faces and at 116 are what brings the
mean absolute error on the training faces, as they are, to its least, the others lie between them in
proportion. Three numbers of thousands of faces overfit nothing, and no face of the validation part
is looked at. The regression is of least absolute deviations, by iterated reweighting
(Schlossmacher 1973, Journal of the American Statistical Association 68).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from trainer.data.faces import Faces
from trainer.models.heads import YEARS
from trainer.training.batches import ValidationBatches
from trainer.training.replicas import Replicas

_ROUNDS = 100
_NEAR = 0.1  # years: errors below it weigh no more


def stretch(
    model: Any,
    faces: Faces,
    batch_size: int,
    replicas: Replicas,
    progress: Callable[[int, int], None],
) -> tuple[float, float]:
    """Set the ages of the classes of `model`, whose age is the mean of a distribution; the mean
    absolute error on the training faces before and after, years. `progress(done, of)` is told how
    many faces it has seen."""
    with replicas.scope():
        chances = keras.Model(model.inputs, model.get_layer("age_chances").output)
    batches = ValidationBatches(faces.pixels, faces.ages, faces.genders, faces.train, batch_size)
    parts: list[np.ndarray] = []
    progress(0, len(faces.train))
    for images, _ in batches:
        parts.append(replicas.predict(chances, images))
        progress(min(len(parts) * batch_size, len(faces.train)), len(faces.train))
    said = np.concatenate(parts)
    ages = faces.ages[faces.train].astype("float64")
    years = stretched_years(said.astype("float64"), ages)
    layer = model.get_layer("age")
    before, after = (
        float(np.abs(said @ where - ages).mean()) for where in (np.array(YEARS, "float64"), years)
    )
    layer.set_weights([years[:, None].astype("float32"), *layer.get_weights()[1:]])
    return before, after


def stretched_years(chances: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """The age of each class (117,), years, not below 0, from `chances` (n, 117) that sum to 1 and
    the true `ages` (n,); that of its own year where the faces tell no order of ages."""
    years = np.array(YEARS, "float64")
    middle = float(np.median(ages))
    if not years[0] < middle < years[-1]:
        return years
    knots = np.array([years[0], middle, years[-1]])
    shares = np.stack([np.interp(years, knots, one) for one in np.eye(len(knots))], axis=1)
    inputs = chances @ shares
    at = least_absolute(inputs, ages)
    if at[0] < 0:
        at = np.array([0.0, *least_absolute(inputs[:, 1:], ages)])
    if not np.isfinite(at).all() or not at[0] < at[1] < at[2]:
        return years
    return np.asarray(np.interp(years, knots, at))


def least_absolute(inputs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Factors (k,) with which `inputs` (n, k) add up nearest to `wanted` (n,), by the mean of the
    absolute differences."""
    weights = np.ones(len(wanted))
    found = np.zeros(inputs.shape[1])
    for _ in range(_ROUNDS):
        root = np.sqrt(weights)
        found = np.linalg.lstsq(inputs * root[:, None], wanted * root, rcond=None)[0]
        weights = 1 / np.maximum(np.abs(inputs @ found - wanted), _NEAR)
    return found
