"""Whether a probability can be taken at its word: of the faces a model calls label 1 with 70 %, are
70 % of label 1? (DeGroot and Fienberg 1983; Guo et al. 2017, arXiv:1706.04599.)"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

BINS = 10
_Z = 1.959964  # of a normal distribution, 95 % within


@dataclass(frozen=True)
class Bin:
    """The faces whose probability of label 1 lies in [`low`, `high`), the last bin's end included.

    `said` is their mean probability, `came` the share of them that is of label 1, both nan where
    `faces` is 0; `came_low` to `came_high` the 95 % interval of that share (Wilson 1927).
    """

    low: float
    high: float
    faces: int
    said: float
    came: float
    came_low: float
    came_high: float


def reliability(genders: np.ndarray, chances: np.ndarray, bins: int = BINS) -> list[Bin]:
    """`bins` bins of equal width over [0, 1]; `genders` (n,) 0 or 1, `chances` (n,) of label 1.

    Faces of another gender (-1: unknown), or with a chance that is no number, are left out.
    """
    known = ((genders == 0) | (genders == 1)) & np.isfinite(chances)
    labels, said = genders[known], np.clip(chances[known], 0.0, 1.0)
    places = np.minimum((said * bins).astype(int), bins - 1)
    return [
        _bin(place / bins, (place + 1) / bins, labels[places == place], said[places == place])
        for place in range(bins)
    ]


def _bin(low: float, high: float, labels: np.ndarray, said: np.ndarray) -> Bin:
    count = int(labels.size)
    if not count:
        return Bin(low, high, 0, math.nan, math.nan, math.nan, math.nan)
    ones = int((labels == 1).sum())
    return Bin(low, high, count, float(said.mean()), ones / count, *wilson(ones, count))


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % score interval of a share `hits` of `count` (Wilson 1927), 0 to 1; (nan, nan) of
    nothing.

    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.596, 0.982]
    """
    if not count:
        return math.nan, math.nan
    share, square = hits / count, _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = (
        _Z
        / (1 + square / count)
        * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    )
    return max(middle - half, 0.0), min(middle + half, 1.0)


def calibration_error(bins: list[Bin]) -> float:
    """The expected calibration error of these bins, 0 to 1: how far what was said lies from what
    came, each bin weighing as many faces as it has; nan without faces."""
    count = sum(one.faces for one in bins)
    if not count:
        return math.nan
    return sum(one.faces * abs(one.said - one.came) for one in bins if one.faces) / count
