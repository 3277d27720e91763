"""Validation losses and metrics, from predictions.

Not by the model's own test function: Keras 3.15 counts a smaller last batch as a whole one in the
losses of the single outputs (its batch dimension is not known in a traced step).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trainer.config import RunConfig
from trainer.training.objective import training_weight
from trainer.training.targets import Targets

_EPSILON = 1e-7  # Keras clips probabilities by this, so that no logarithm is infinite


def scores(
    true_ages: np.ndarray,
    true_genders: np.ndarray,
    ages: np.ndarray,
    genders: np.ndarray,
    config: RunConfig,
    penalty: float,
    extra: Mapping[str, np.ndarray] | None = None,
) -> dict[str, float]:
    """The metrics of `trainer.runs.events.METRICS` over n faces, each argument of shape (n,).

    `ages` in years, `genders` the probability of label 1, `penalty` the model's L2 sum, `extra` by
    name what the outputs say that only training has, (n, classes): `name_loss` is among the metrics
    then. All faces count the same here, whatever they do in training.
    """
    errors = np.abs(ages.astype("float64") - true_ages)
    mae = float(errors.mean())
    age_loss = mae if config.age_loss == "mae" else float(huber(errors, config.huber_delta).mean())
    chance = np.clip(genders.astype("float64"), _EPSILON, 1 - _EPSILON)
    female = true_genders > 0.5
    entropy = float(-np.log(np.where(female, chance, 1 - chance)).mean())
    said = {
        "loss": config.age_loss_weight * age_loss + config.gender_loss_weight * entropy + penalty,
        "age_loss": age_loss,
        "age_mae": mae,
        "gender_loss": entropy,
        "gender_accuracy": float(np.mean((genders > 0.5) == female)),
    }
    labels = Targets(config, true_ages).labels(true_ages, true_genders) if extra else {}
    for name, logits in (extra or {}).items():
        said[f"{name}_loss"] = loss = float(divergence(labels[name], logits).mean())
        said["loss"] += training_weight(name, config) * loss
    return said


def huber(errors: np.ndarray, delta: float) -> np.ndarray:
    """`trainer.training.objective.huber` of absolute errors (n,) in years."""
    near = errors**2 / (2 * delta)
    loss: np.ndarray = np.where(errors <= delta, near, errors - delta / 2)
    return loss


def divergence(true: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """`trainer.training.objective.divergence` of (n, classes), (n,) nats."""
    true, logits = true.astype("float64"), logits.astype("float64")
    shifted = logits - logits.max(1, keepdims=True)
    chances = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    known = np.log(np.where(true > 0, true, 1.0))
    away: np.ndarray = (true * (known - chances)).sum(1)
    return away
