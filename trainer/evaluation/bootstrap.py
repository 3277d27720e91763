"""Intervals by resampling the faces (Efron 1979, Annals of Statistics 7:1–26)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from trainer.evaluation.kinds import Figure

LEVEL = 0.95
RESAMPLES = 2000
LEAST_FACES = 10  # with fewer, resampling them says nothing of the faces that were not drawn
_NUMBERS_AT_ONCE = 1 << 21
_SEED = 20170612

Measuring = Callable[[np.ndarray], Mapping[str, np.ndarray]]


def resampled(count: int, resamples: int = RESAMPLES) -> Iterator[np.ndarray]:
    """Weights (b, count) float64 in parts, `resamples` rows in all: how often each face was drawn.
    The same for the same numbers, so that figures can be computed again to the bit."""
    random = np.random.default_rng(_SEED)
    at_once = max(1, _NUMBERS_AT_ONCE // max(count, 1))
    for first in range(0, resamples, at_once):
        rows = min(at_once, resamples - first)
        drawn = random.integers(0, count, (rows, count)) + np.arange(rows)[:, None] * count
        counts = np.bincount(drawn.ravel(), minlength=rows * count)
        yield counts.reshape(rows, count).astype("float64")


def intervals(measuring: Measuring, count: int, resamples: int = RESAMPLES) -> dict[str, Figure]:
    """Each figure of `count` faces with its percentile interval; see `Figure` for few faces."""
    if not count:
        return {}
    values = {name: float(one[0]) for name, one in measuring(np.ones((1, count))).items()}
    if count < LEAST_FACES:
        return {name: Figure(value, np.nan, np.nan) for name, value in values.items()}
    parts = [measuring(weights) for weights in resampled(count, resamples)]
    return {
        name: _percentiles(value, np.concatenate([part[name] for part in parts]))
        for name, value in values.items()
    }


def _percentiles(value: float, drawn: np.ndarray) -> Figure:
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not len(known):
        return Figure(value, np.nan, np.nan)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(known, (tail, 1 - tail))
    return Figure(value, float(low), float(high))
