"""Age groups of a set that has ranges of ages only, and the group that a predicted age falls in."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np

from trainer.evaluation.scored import Scored


def ranges_of(scored: Scored) -> list[tuple[int, int]]:
    """The groups (first year, last year) of a set, from young to old.

    Tables have stray ranges, (27, 32) beside (25, 32) say. A range that shares years with a more
    frequent one is no group: the groups are apart, so that "the next group" means something.
    """
    ranged = scored.ranged
    pairs = zip(scored.age_low[ranged].tolist(), scored.age_high[ranged].tolist(), strict=True)
    counts = Counter((int(low), int(high)) for low, high in pairs)
    chosen: list[tuple[int, int]] = []
    for low, high in sorted(counts, key=lambda one: (-counts[one], one)):
        if all(high < other[0] or low > other[1] for other in chosen):
            chosen.append((low, high))
    return sorted(chosen)


def true_group(scored: Scored, groups: list[tuple[int, int]]) -> np.ndarray:
    """(n,) int: the place among `groups` of the range a face is labelled with, -1 where its age is
    exact, unknown, or a range that is no group."""
    places = {group: place for place, group in enumerate(groups)}
    return np.array(
        [
            places.get((int(low), int(high)), -1) if low < high else -1
            for low, high in zip(scored.age_low, scored.age_high, strict=True)
        ],
        "int64",
    )


def said_group(ages: np.ndarray, groups: list[tuple[int, int]]) -> np.ndarray:
    """(n,) int: the place among `groups` that predicted `ages` (n,), years, fall in.

    The border lies half-way between the last year of a group and the first of the next: labels
    are whole years, so 29.4 is nearer to 29 and 29.5 counts as 30. An age between two groups that
    leave years out is of the nearer one.
    """
    borders = [(before[1] + after[0]) / 2 for before, after in pairwise(groups)]
    return np.searchsorted(np.array(borders, "float64"), ages, side="right")
