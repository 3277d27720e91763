"""How a curve moves, told apart from its noise, without an assumption on how that is spread."""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

SURE = 2.33  # Mann-Kendall's z that a curve without trend exceeds in 1 % of cases
_MAD = 1.4826  # from the median absolute deviation to the standard deviation of a normal
_MEDIAN = 1.2533  # the deviation of a median over that of a mean, of normal values


@dataclass(frozen=True)
class Trend:
    """The trend of at least three finite values: each figure is made when it is first asked for,
    as of thousands of epochs they take long and most questions are answered by `change` alone."""

    values: Sequence[float]

    @cached_property
    def z(self) -> float:
        """Mann-Kendall's statistic, below 0 for a fall."""
        return mann_kendall(self.values)

    @cached_property
    def change(self) -> float:
        """The median of the last third minus that of the first."""
        third = self._third
        return statistics.median(self.values[-third:]) - statistics.median(self.values[:third])

    @cached_property
    def error(self) -> float:
        """The standard deviation that the noise alone gives `change`."""
        return noise(self.values) * _MEDIAN * math.sqrt(2 / self._third)

    @cached_property
    def level(self) -> float:
        """The median of all."""
        return statistics.median(self.values)

    def falls(self, share: float, errors: float = 0.0) -> bool:
        """Whether it falls beyond chance, by more than `share` of its level and `errors` errors."""
        return self._passes(-self.change, share, errors) and self.z < -SURE

    def rises(self, share: float, errors: float = 0.0) -> bool:
        """Whether it rises beyond chance, by more than `share` of its level and `errors` errors."""
        return self._passes(self.change, share, errors) and self.z > SURE

    def _passes(self, moved: float, share: float, errors: float) -> bool:
        return moved > share * abs(self.level) and (not errors or moved > errors * self.error)

    @property
    def _third(self) -> int:
        return max(len(self.values) // 3, 1)


def mann_kendall(values: Sequence[float]) -> float:
    """The test of Mann (1945) and Kendall (1955) for a steady rise or fall: how many more pairs
    rise than fall, over its standard deviation where order is by chance, corrected for continuity.
    O(n log n)."""
    n = len(values)
    if n < 3:
        return 0.0
    before: list[float] = []
    score = 0
    for value in values:
        score += bisect.bisect_left(before, value)
        score -= len(before) - bisect.bisect_right(before, value)
        bisect.insort(before, value)
    deviation = math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    return (score - (score > 0) + (score < 0)) / deviation


def noise(values: Sequence[float]) -> float:
    """The standard deviation of single values around a smooth course, from the second differences,
    in which a straight course is 0, by their median, in which a few spikes count for nothing."""
    if len(values) < 3:
        return 0.0
    bends = [
        abs(one - 2 * two + three)
        for one, two, three in zip(values, values[1:], values[2:], strict=False)
    ]
    return _MAD * statistics.median(bends) / math.sqrt(6)


def smooth(values: Sequence[float], width: int = 5) -> list[float]:
    """The running median over `width` values, fewer at the ends."""
    half = width // 2
    return [
        statistics.median(values[max(at - half, 0) : at + half + 1]) for at in range(len(values))
    ]
