"""How a data set is made up: ages by gender, age bands, race codes; without and with exclusions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from trainer.data.index import Index
from trainer.data.split import AGE_BAND

GENDERS = ("male", "female")
RACES = ("white", "black", "Asian", "Indian", "others")


@dataclass(frozen=True)
class Statistics:
    """Of some faces of a data set. `ages` counts (age, gender); `races` counts codes, None where
    the name has none."""

    count: int
    ages: Counter[tuple[int, int]]
    races: Counter[int | None]

    @property
    def mean_age(self) -> float:
        """In years; 0 without faces."""
        return sum(age * n for (age, _), n in self.ages.items()) / max(self.count, 1)

    @property
    def female_share(self) -> float:
        """0 to 1; 0 without faces."""
        return sum(n for (_, gender), n in self.ages.items() if gender == 1) / max(self.count, 1)

    def of_gender(self, gender: int) -> int:
        """How many have that gender."""
        return sum(n for (_, one), n in self.ages.items() if one == gender)

    def bands(self) -> list[tuple[int, int, int]]:
        """(first age of the band, males, females), each band of ten years up to the last used."""
        found: Counter[tuple[int, int]] = Counter()
        for (age, gender), n in self.ages.items():
            found[(age // AGE_BAND * AGE_BAND, gender)] += n
        last = max((band for band, _ in found), default=-AGE_BAND)
        return [(b, found[(b, 0)], found[(b, 1)]) for b in range(0, last + 1, AGE_BAND)]

    def histogram(self, gender: int, years: int = 1) -> list[int]:
        """Faces of that gender in each step of `years`, from age 0 to the oldest of both."""
        last = max((age for age, _ in self.ages), default=0)
        bars = [0] * (last // years + 1)
        for (age, one), n in self.ages.items():
            if one == gender:
                bars[age // years] += n
        return bars


def statistics(index: Index, rows: Iterable[int] | None = None) -> Statistics:
    """Of these rows; of all, excluded ones too, where `rows` is None. Milliseconds for 24,000."""
    if rows is None:
        return Statistics(
            len(index.files),
            Counter(zip(index.ages, index.genders, strict=True)),
            Counter(index.races),
        )
    chosen = list(rows)
    ages, genders, races = index.ages, index.genders, index.races
    return Statistics(
        len(chosen),
        Counter((ages[row], genders[row]) for row in chosen),
        Counter(races[row] for row in chosen),
    )


def band_name(first: int) -> str:
    """`20–29`."""
    return f"{first}–{first + AGE_BAND - 1}"
