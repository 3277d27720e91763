"""Whether a certainty can be taken at its word: when a model gives a gender with 80 % certainty, is
it right about 80 % of the time? (DeGroot and Fienberg 1983; Guo et al. 2017, arXiv:1706.04599.)

The bins are those of the calibration error, `trainer.evaluation.measuring.ECE_BINS` over the
confidence, so that the diagram shows what that figure sums up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.evaluation.measuring import ECE_BINS, confidence_bins

_Z = 1.959964  # of a normal distribution, 95 % within


@dataclass(frozen=True)
class Bin:
    """The faces whose confidence, the probability of the gender said, is above `low` and at most
    `high`.

    `said` is their mean confidence, `came` the share of them that is right, both nan where `faces`
    is 0; `came_low` to `came_high` the 95 % interval of that share (Wilson 1927).
    """

    low: float
    high: float
    faces: int
    said: float
    came: float
    came_low: float
    came_high: float


def reliability(genders: np.ndarray, female: np.ndarray) -> list[Bin]:
    """The bins that a confidence, which is 0.5 at least, can fall in; `genders` (n,) 0 or 1,
    `female` (n,) the probability of 1.

    Faces of another gender (-1: unknown), or with a probability that is no number, are left out.
    """
    known = ((genders == 0) | (genders == 1)) & np.isfinite(female)
    chances = female[known]
    right = (chances > 0.5) == (genders[known] == 1)
    confidence, places = np.maximum(chances, 1 - chances), confidence_bins(chances)
    return [
        _bin(place, confidence[places == place], right[places == place])
        for place in range(ECE_BINS // 2, ECE_BINS)
    ]


def _bin(place: int, confidence: np.ndarray, right: np.ndarray) -> Bin:
    low, high = place / ECE_BINS, (place + 1) / ECE_BINS
    count = int(right.size)
    if not count:
        return Bin(low, high, 0, math.nan, math.nan, math.nan, math.nan)
    hits = int(right.sum())
    return Bin(low, high, count, float(confidence.mean()), hits / count, *wilson(hits, count))


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


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error of these bins, 0 to 1: how far what was said lies from what
    came, each bin weighing as many faces as it has; nan without faces."""
    count = sum(one.faces for one in bins)
    if not count:
        return math.nan
    return sum(one.faces * abs(one.said - one.came) for one in bins if one.faces) / count
