"""What a step is to make of each face: the labels as the outputs in training want them, and how
much each face counts.

The label of a distribution is a bell around the age (label distribution learning, Gao et al. 2017,
arXiv:1611.01731). Rare ages count more by the number of faces of about that age (label
distribution smoothing, Yang et al. 2021, arXiv:2102.09554).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from trainer.config import RunConfig
from trainer.models.heads import GROUPS, YEARS, training_outputs
from trainer.models.members import member_names
from trainer.training.mixup import Mixing

SMOOTHING = 2.0  # years: over how many an age's number of faces is spread


class Targets:
    """Labels and weights of the faces of one run; `ages` are those of its training part, by which
    the weights are on average 1."""

    def __init__(self, config: RunConfig, ages: np.ndarray) -> None:
        self._sigma = config.age_sigma
        self._extra = training_outputs(config)
        self._members = member_names(config)
        self._mixup = config.mixup
        self._weight_of_year = rarity(ages, config.reweight) if config.reweight else None

    def batch(
        self,
        inputs: np.ndarray,
        ages: np.ndarray,
        genders: np.ndarray,
        seed: int,
        epoch: int,
        step: int,
    ) -> tuple[Any, ...]:
        """Of inputs (n, …) what a step takes: inputs, labels and, where faces do not all count the
        same, weights. A function of its arguments alone."""
        labels, weights = self.labels(ages, genders), self.weights(ages)
        if self._mixup:
            mixing = Mixing.draw(len(inputs), self._mixup, seed, epoch, step)
            inputs = mixing(inputs)
            labels = {name: mixing(label) for name, label in labels.items()}
            weights = weights and {name: mixing(weight) for name, weight in weights.items()}
        return (inputs, labels) if weights is None else (inputs, labels, weights)

    def labels(self, ages: np.ndarray, genders: np.ndarray) -> dict[str, np.ndarray]:
        """For ages and genders (n,), what each output is to be: (n, 1), or (n, classes) float32
        probabilities."""
        labels = {"age": ages[:, None], "gender": genders[:, None]}
        if "age_distribution" in self._extra:
            labels["age_distribution"] = bells(ages, self._sigma)
        if "age_group" in self._extra:
            groups = np.searchsorted(GROUPS, ages, side="right")
            labels["age_group"] = np.eye(len(GROUPS) + 1, dtype="float32")[groups]
        return self._of_members(labels)

    def weights(self, ages: np.ndarray) -> dict[str, np.ndarray] | None:
        """How much faces of these ages (n,) count for each output, (n,); None for all the same."""
        if self._weight_of_year is None:
            return None
        rare = self._weight_of_year[_years(ages)]
        return self._of_members(
            {
                "age": rare,
                "gender": np.ones(len(ages), "float32"),
                **dict.fromkeys(self._extra, rare),
            }
        )

    def _of_members(self, rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The same for the outputs of each member."""
        of_each = {f"{member}{name}": rows[name] for member in self._members for name in rows}
        return rows | of_each


def bells(ages: np.ndarray, sigma: float) -> np.ndarray:
    """(n, years) float32: of each age, whole years, the probabilities of `YEARS`, a bell of `sigma`
    years whose mean is the age."""
    chances: np.ndarray = _bells_of_years(sigma)[_years(ages)]
    return chances


@lru_cache(maxsize=8)
def _bells_of_years(sigma: float) -> np.ndarray:
    """Of each year. Cut off at 0, a bell around an infant's age would have its mean above it, and
    teach the expectation to be wrong: its middle lies so far below that the mean is right."""
    years = np.array(YEARS, "float64")
    far = 40 * sigma**2 + 1  # from there on all but the first or last year are impossible
    low, high = np.full(len(years), years[0] - far), np.full(len(years), years[-1] + far)
    for _ in range(80):
        middle = (low + high) / 2
        above = _bells_around(middle, sigma) @ years > years
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    chances: np.ndarray = _bells_around((low + high) / 2, sigma).astype("float32")
    return chances


def _bells_around(middles: np.ndarray, sigma: float) -> np.ndarray:
    """(n, years) float64: bells cut off at both ends."""
    logs = -0.5 * ((np.array(YEARS) - middles[:, None]) / sigma) ** 2
    heights = np.exp(logs - logs.max(1, keepdims=True))
    chances: np.ndarray = heights / heights.sum(1, keepdims=True)
    return chances


def rarity(ages: np.ndarray, power: float) -> np.ndarray:
    """(years,) float32: the weight of a face of each year, its smoothed number of faces to the
    power of -`power`; the faces of `ages` weigh 1 on average. 0 for years far from all of them."""
    counts = np.bincount(_years(ages), minlength=len(YEARS)).astype("float64")
    smoothed = _bells_around(np.array(YEARS, "float64"), SMOOTHING).T @ counts
    inverse = np.where(smoothed > 0, np.maximum(smoothed, 1e-9) ** -power, 0.0)
    weights: np.ndarray = (inverse / inverse[_years(ages)].mean()).astype("float32")
    return weights


def _years(ages: np.ndarray) -> np.ndarray:
    years: np.ndarray = np.clip(np.rint(ages), 0, len(YEARS) - 1).astype("int64")
    return years
