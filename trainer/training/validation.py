"""Validation losses and metrics, from predictions.

Not by the model's own test function: Keras 3.15 counts a smaller last batch as a whole one in the
losses of the single outputs (its batch dimension is not known in a traced step).
"""

from __future__ import annotations

import numpy as np

from trainer.config import RunConfig

_EPSILON = 1e-7  # Keras clips probabilities by this, so that no logarithm is infinite


def scores(
    true_ages: np.ndarray,
    true_genders: np.ndarray,
    ages: np.ndarray,
    genders: np.ndarray,
    config: RunConfig,
    penalty: float,
) -> dict[str, float]:
    """The metrics of `trainer.runs.events.METRICS` over n faces, each argument of shape (n,).

    `ages` in years, `genders` the probability of label 1, `penalty` the model's L2 sum.
    """
    mae = float(np.abs(ages.astype("float64") - true_ages).mean())
    chance = np.clip(genders.astype("float64"), _EPSILON, 1 - _EPSILON)
    female = true_genders > 0.5
    entropy = float(-np.log(np.where(female, chance, 1 - chance)).mean())
    return {
        "loss": config.age_loss_weight * mae + config.gender_loss_weight * entropy + penalty,
        "age_loss": mae,
        "age_mae": mae,
        "gender_loss": entropy,
        "gender_accuracy": float(np.mean((genders > 0.5) == female)),
    }
