"""What repeats of one run are worth together, and whether those of another are better.

One split of 1,000 faces is worth ±0.4 years; repeats on other splits say how much of a figure is
the split. They share training faces, though, so their figures are not independent, and no unbiased
estimate of the variance of their mean exists (Bengio and Grandvalet 2004).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

SURE = 0.95
SAME = 1e-9  # years, or of 1: differences of less are rounding


@dataclass(frozen=True)
class Spread:
    """`deviation` is the sample's, n - 1 in the denominator, and `error` that over the root of n:
    as if the repeats were independent, so rather too small. Both are NaN of fewer than two."""

    count: int
    mean: float
    deviation: float
    error: float


@dataclass(frozen=True)
class Paired:
    """The mean of `one` minus `other` over the splits that both have, with its 95 % interval; NaN
    of fewer than two, and where the differences are all the same. `better` is "one" or "other"
    where the interval excludes 0, else ""."""

    count: int
    difference: float
    low: float
    high: float
    better: str


def spread(values: Sequence[float]) -> Spread:
    """Mean and deviation of at least one value."""
    count = len(values)
    deviation = statistics.stdev(values) if count > 1 else math.nan
    return Spread(count, statistics.fmean(values), deviation, deviation / math.sqrt(count))


def paired(
    one: Sequence[float], other: Sequence[float], ratio: float, *, lower_is_better: bool
) -> Paired:
    """The corrected resampled t-test of Nadeau and Bengio (2003) as an interval.

    The values lie split by split. `ratio` is the number of validation faces over that of training
    faces: training sets that overlap make the differences alike, and the variance of their mean is
    taken as (1/n + ratio) of theirs rather than 1/n. Derived for random splits, it is the usual
    choice for folds too (Bouckaert and Frank 2004).
    """
    differences = [a - b for a, b in zip(one, other, strict=True)]
    count = len(differences)
    mean = statistics.fmean(differences) if differences else math.nan
    # Shares of some hundred faces tie by chance: no width of an interval can be told from that.
    if count < 2 or max(differences) - min(differences) < SAME:
        return Paired(count, mean, math.nan, math.nan, "")
    error = statistics.stdev(differences) * math.sqrt(1 / count + ratio)
    half = t_quantile((1 + SURE) / 2, count - 1) * error
    better = ""
    if mean - half > 0 or mean + half < 0:
        better = "one" if (mean < 0) == lower_is_better else "other"
    return Paired(count, mean, mean - half, mean + half, better)


def t_quantile(probability: float, freedom: int) -> float:
    """The quantile of Student's t above one half, by bisection, to 1e-9 of it."""
    low, high = 0.0, 1.0
    while t_probability(high, freedom) < probability:
        high *= 2
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        if t_probability(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return high


def t_probability(value: float, freedom: int) -> float:
    """That Student's t of a whole number of degrees of freedom is at most `value`, which is not
    negative: the finite sums of Abramowitz and Stegun (1964), 26.7.3 and 26.7.4."""
    angle = math.atan(value / math.sqrt(freedom))
    cosine = math.cos(angle)
    first = 1.0 if freedom % 2 == 0 else cosine
    term = total = first if freedom > 1 else 0.0
    for index in range(2 + freedom % 2, freedom - 1, 2):
        term *= cosine**2 * (index - 1) / index
        total += term
    inside = math.sin(angle) * total
    if freedom % 2:
        inside = (angle + inside) * 2 / math.pi
    return 0.5 + inside / 2
