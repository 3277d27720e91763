"""Who is drawn: ages, genders and skin groups spread as in UTKFace, and the file names."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import numpy as np

# Age bands (first year, last year) and their share of the faces: a third of people in their
# twenties and early thirties, a tail of children, and few past eighty; the mean is about 33.
AGE_BANDS = (
    (1, 2, 0.070),
    (3, 9, 0.070),
    (10, 17, 0.060),
    (18, 24, 0.125),
    (25, 34, 0.285),
    (35, 44, 0.130),
    (45, 54, 0.100),
    (55, 64, 0.080),
    (65, 79, 0.056),
    (80, 96, 0.024),
)
FEMALE_SHARE = 0.48
# UTKFace's groups 0 to 4: white, black, Asian, Indian, others.
RACE_SHARES = (0.42, 0.19, 0.15, 0.17, 0.07)
# Powers of 1/g with g^4 = g + 1: multiples of these spread evenly over a cube.
_STEPS = (0.8191725133961645, 0.6710436067037893, 0.5497004779019703)
_FIRST_STAMP = datetime(2017, 1, 9, 14, 24, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Subject:
    """The label of one face."""

    index: int
    age: int
    female: bool
    race: int

    @property
    def file_name(self) -> str:
        """`[age]_[gender]_[race]_[stamp].jpg`; the stamp differs for every index."""
        stamp = _FIRST_STAMP + timedelta(seconds=self.index * 137, milliseconds=self.index * 61)
        digits = stamp.strftime("%Y%m%d%H%M%S") + f"{stamp.microsecond // 1000:03d}"
        return f"{self.age}_{int(self.female)}_{self.race}_{digits}.jpg"


def random_source(seed: int, index: int, purpose: int) -> np.random.Generator:
    """Independent random numbers for one purpose of one face."""
    return np.random.default_rng([seed, index, purpose])


def subject(seed: int, index: int) -> Subject:
    """Face number `index` of the population `seed`.

    The steps fill the cube of age, gender and skin group evenly, so that even a few hundred faces
    keep close to the shares above.
    """
    start = np.random.default_rng(seed).random(3)
    by_age, by_gender, by_race = ((start + index * np.array(_STEPS)) % 1.0).tolist()
    return Subject(
        index=index,
        age=_age(by_age),
        female=by_gender < FEMALE_SHARE,
        race=bisect(list(accumulate(RACE_SHARES[:-1])), by_race),
    )


def _age(share: float) -> int:
    """The age below which `share` (0 to 1) of the population lies."""
    for first, last, part in AGE_BANDS:
        if share < part:
            return first + int((last + 1 - first) * share / part)
        share -= part
    return AGE_BANDS[-1][1]
