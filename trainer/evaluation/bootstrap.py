"""Intervals by resampling the faces (Efron 1979, Annals of Statistics 7:1–26).

Those of one model's figures are corrected for bias and skewness (BCa; Efron 1987, Journal of the
American Statistical Association 82:171–185). Those of differences, which lie about evenly, are
plain percentiles: by `python -m benchmarks.interval_coverage` they hold the truth more often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from statistics import NormalDist
from typing import Protocol

import numpy as np

from trainer.evaluation.kinds import OF_TOLD, SHARES, Figure

LEVEL = 0.95
RESAMPLES = 2000
LEAST_FACES = 10  # with fewer, resampling them says nothing of the faces that were not drawn
_NUMBERS_AT_ONCE = 1 << 18  # 2 MB: more of them leave the processor's cache, and take longer
_JACKKNIFE_PARTS = 200
_SEED = 20170612
_TAIL = (1 - LEVEL) / 2
_NORMAL = NormalDist()
# Told differently by two models: with fewer faces, resampling finds differences that are luck. A
# gender is told in one of two ways; a probability or an age says more, and half as many will do.
_FEW_DISAGREE = 20
_FEW_DIFFER = LEAST_FACES
# A resample has a larger calibration error than its sample by about as much as the sample has a
# larger one than all faces: the interval is mirrored at the figure, which takes that bias out.
_MIRRORED = ("gender_ece",)


class Measuring(Protocol):
    """Figures of `count` faces by weight; see `trainer.evaluation.measuring.Measures`."""

    count: int

    def __call__(self, weights: np.ndarray) -> Mapping[str, np.ndarray]: ...

    def faces(self, name: str) -> int: ...


class Differing(Protocol):
    """Differences of two models' figures, other less one, on the same faces: `figures` are as of
    `resampled_figures`."""

    @property
    def figures(self) -> Mapping[str, np.ndarray]: ...

    def faces(self, name: str) -> int: ...

    def disagreements(self, name: str) -> tuple[int, int]:
        """Of a share: on how many faces only the other counts, and only the one."""
        ...

    def telling(self, name: str) -> float:
        """From how many faces the difference comes, one that differs more counting for more."""
        ...


def resampled(count: int, resamples: int = RESAMPLES) -> Iterator[np.ndarray]:
    """Weights (b, count) float64 in parts, `resamples` rows in all: how often each face was drawn.
    The same for the same numbers, so that figures can be computed again to the bit."""
    random = np.random.default_rng(_SEED)
    for first, last in _at_once(resamples, count):
        rows = last - first
        drawn = random.integers(0, count, (rows, count)) + np.arange(rows)[:, None] * count
        counts = np.bincount(drawn.ravel(), minlength=rows * count)
        yield counts.reshape(rows, count).astype("float64")


def intervals(measuring: Measuring, resamples: int = RESAMPLES) -> dict[str, Figure]:
    """Each figure with its interval; see `Figure` for what is not defined."""
    if not measuring.count:
        return {}
    left_out = [measuring(weights) for weights in _each_part_left_out(measuring.count)]
    without = {name: np.concatenate([some[name] for some in left_out]) for name in left_out[0]}
    return {
        name: _interval(name, *_sorted(values), without[name], measuring.faces(name))
        for name, values in resampled_figures(measuring, resamples).items()
    }


def difference_intervals(measuring: Differing) -> dict[str, Figure]:
    """Each difference with its interval; see `Figure` for what is not defined."""
    return {
        name: _difference_interval(name, *_sorted(values), measuring)
        for name, values in measuring.figures.items()
    }


def resampled_figures(measuring: Measuring, resamples: int = RESAMPLES) -> dict[str, np.ndarray]:
    """Each figure (1 + resamples,): first that of all faces, then that of each resample. Of two
    models on the same faces the places are of the same resamples. Empty without a face."""
    if not measuring.count:
        return {}
    every = [np.ones((1, measuring.count))]
    parts = [measuring(some) for some in chain(every, resampled(measuring.count, resamples))]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _sorted(values: np.ndarray) -> tuple[float, np.ndarray]:
    """The figure of all faces, and those of the resamples that are defined, ascending."""
    drawn = values[1:]
    return float(values[0]), np.sort(drawn[np.isfinite(drawn)])


def _each_part_left_out(count: int) -> Iterator[np.ndarray]:
    """Weights (b, count) in parts: all faces but those of one part, for each part."""
    parts = min(count, _JACKKNIFE_PARTS)
    # Of files in the order of ages, neighbours are alike, and no sample of all faces.
    members = np.random.default_rng(_SEED).permutation(count) * parts // count
    for first, last in _at_once(parts, count):
        yield (members[None, :] != np.arange(first, last)[:, None]).astype("float64")


def _at_once(rows: int, count: int) -> Iterator[tuple[int, int]]:
    """First and one past the last of as many of `rows` rows of `count` numbers as are held at
    once."""
    step = max(1, _NUMBERS_AT_ONCE // max(count, 1))
    return ((first, min(first + step, rows)) for first in range(0, rows, step))


def _interval(
    name: str, value: float, drawn: np.ndarray, without: np.ndarray, faces: int
) -> Figure:
    if not np.isfinite(value) or not len(drawn) or faces < LEAST_FACES:
        return Figure(value, np.nan, np.nan)
    if drawn[0] == drawn[-1]:
        return _without_exception(name, value, faces)
    if name in _MIRRORED:
        low, high = np.quantile(drawn, (_TAIL, 1 - _TAIL))
        return Figure(value, max(min(2 * value - high, value), 0.0), max(2 * value - low, value))
    low, high = np.quantile(drawn, _corrected_tails(value, drawn, without))
    return Figure(value, float(low), float(high))


def _without_exception(name: str, value: float, faces: int) -> Figure:
    """Where all faces are alike, resampling them cannot vary. Of a share, the exact binomial bound
    of Clopper and Pearson (1934, Biometrika 26:404–413) says how common an exception may be."""
    if name not in SHARES:
        return Figure(value, np.nan, np.nan)
    rare = 1 - _TAIL ** (1 / faces)
    return Figure(value, max(value - rare, 0.0), min(value + rare, 1.0))


def _difference_interval(
    name: str, value: float, drawn: np.ndarray, measuring: Differing
) -> Figure:
    faces = measuring.faces(name)
    if not np.isfinite(value) or not len(drawn) or faces < LEAST_FACES:
        return Figure(value, np.nan, np.nan)
    if name in SHARES:
        more, less = measuring.disagreements(name)
        if more + less < _FEW_DISAGREE:
            return _few_disagreements(value, more, less, faces)
    elif measuring.telling(name) < (_FEW_DISAGREE if name in OF_TOLD else _FEW_DIFFER):
        return Figure(value, np.nan, np.nan)
    low, high = np.quantile(drawn, (_TAIL, 1 - _TAIL))
    return Figure(value, float(low), float(high))


def _few_disagreements(value: float, more: int, less: int, faces: int) -> Figure:
    """Of a difference of paired shares: half a face added to each of the four outcomes (Agresti and
    Min 2005, Statistics in Medicine 24:729–740)."""
    total = faces + 2
    middle = (more - less) / total
    spread = np.sqrt(more + less + 1 - (more - less) ** 2 / total) / total
    half = _NORMAL.inv_cdf(1 - _TAIL) * float(spread)
    return Figure(value, max(middle - half, -1.0), min(middle + half, 1.0))


def _corrected_tails(value: float, drawn: np.ndarray, without: np.ndarray) -> tuple[float, float]:
    """Which quantiles of the sorted resampled figures bound the interval (Efron 1987, eq. 6.8)."""
    below = (np.searchsorted(drawn, value, "left") + np.searchsorted(drawn, value, "right")) / 2
    share = float(np.clip(below / len(drawn), 1 / len(drawn), 1 - 1 / len(drawn)))
    bias = _NORMAL.inv_cdf(share)
    skew = _acceleration(without[np.isfinite(without)])

    def tail(z: float) -> float:
        return _NORMAL.cdf(bias + (bias + z) / (1 - skew * (bias + z)))

    z = _NORMAL.inv_cdf(1 - _TAIL)
    return tail(-z), tail(z)


def _acceleration(without: np.ndarray) -> float:
    """A sixth of the skewness of what each part of the faces does to the figure."""
    if len(without) < LEAST_FACES:
        return 0.0
    influence = without.mean() - without
    spread = float((influence**2).sum())
    if spread <= 0:
        return 0.0
    return float((influence**3).sum() / (6 * spread**1.5))
