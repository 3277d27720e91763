"""Labels from file names: `[age]_[gender]_[race]_[date].jpg`, as UTKFace writes them."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_AGE = 116
EXTENSIONS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
_FIELDS = re.compile(r"([0-9]{1,3})_([0-9])(?:_([0-9])(?=_)|(?=[_.]))")


class Label(NamedTuple):
    """Age in years, gender as coded (0 male, 1 female), race 0 to 4 or None."""

    age: int
    gender: int
    race: int | None


class PartialLabel(NamedTuple):
    """What is known of a face that lacks an exact age or a gender.

    `ages` has the first and the last year the age may have, the same twice where it is exact, or
    is None where nothing is known of it; gender and race as in `Label`, None where not known.
    """

    ages: tuple[int, int] | None
    gender: int | None
    race: int | None = None

    def lacks(self) -> str:
        """Why no model can learn from it, in a few words."""
        missing = ["an age"] if self.ages is None else []
        if self.gender is None:
            missing.append("a gender")
        if missing:
            return f"without {' and '.join(missing)}"
        return "with a range of ages only"


AnyLabel = Label | PartialLabel


def label_of(
    ages: tuple[int, int] | None, gender: int | None, race: int | None = None
) -> AnyLabel | str:
    """The label made of what a data set says, or why there is none.

    >>> label_of((30, 30), 1)
    Label(age=30, gender=1, race=None)
    >>> label_of((20, 29), 1)
    PartialLabel(ages=(20, 29), gender=1, race=None)
    """
    if ages is None and gender is None:
        return "neither age nor gender is known"
    if ages is not None:
        first, last = ages
        if first < 0:
            return f"age {first} is below 0"
        if first > MAX_AGE:
            return f"age {first} is above {MAX_AGE}"
        if first == last and gender is not None:
            return Label(first, gender, race)
        ages = (first, min(last, MAX_AGE))
    return PartialLabel(ages, gender, race)


def is_image(name: str) -> bool:
    """Whether the name ends like a picture, in upper or lower case, and is not hidden."""
    return name.lower().endswith(EXTENSIONS) and not name.startswith(".")


def parse_name(name: str) -> Label | str:
    """The label in a file's name, or why there is none.

    A name without race still has age and gender; anything after these is not looked at.

    >>> parse_name("26_1_2_20170116174525125.jpg.chip.jpg")
    Label(age=26, gender=1, race=2)
    """
    found = _FIELDS.match(name)
    if found is None:
        return _why_not(name)
    age, gender, race = int(found[1]), int(found[2]), found[3]
    if age > MAX_AGE:
        return f"age {age} is above {MAX_AGE}"
    if gender > 1:
        return f"gender {gender} is neither 0 nor 1"
    if race is not None and int(race) > 4:
        return f"race {race} is not 0 to 4"
    return Label(age, gender, None if race is None else int(race))


def _why_not(name: str) -> str:
    age, _, rest = name.partition("_")
    if not age.isascii() or not age.isdigit():
        return "the name does not begin with an age"
    if len(age) > 3:
        return f"age {age[:12]} is above {MAX_AGE}"
    gender = rest.partition("_")[0]
    if gender == "":
        return "the name has no gender"
    return f"gender '{gender[:12]}' is neither 0 nor 1"
