"""Ages and genders as tables write them."""

from __future__ import annotations

import math
import re

from trainer.data.labels import MAX_AGE

_RANGE = re.compile(r"\(?\s*([0-9]{1,3})\s*(?:-|–|_|to)\s*([0-9]{1,3})\s*\)?", re.IGNORECASE)
_PAIR = re.compile(r"\(\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*\)")  # as Adience writes a range
_ABOVE = re.compile(
    r"(?:more than|over|>=?)\s*([0-9]{1,3})|([0-9]{1,3})\s*(?:\+|and (?:over|above|older))",
    re.IGNORECASE,
)
_MALE = ("m", "male", "man")
_FEMALE = ("f", "female", "woman")
_UNKNOWN = ("", "none", "nan", "na", "n/a", "null", "unknown", "u", "?", "-1")


class Unclear(ValueError):
    """What a cell says is not understood; the text says which, fit for the screen once escaped."""


def ages_in(cell: str) -> tuple[int, int] | None:
    """The first and last year of age a cell stands for; None where it says it is not known.

    A fraction of a year is dropped, as people do with their age; it follows a point or, but for a
    pair in parentheses, a comma. An open range ends at the highest age there is. Raises Unclear.

    >>> ages_in("(25, 32)"), ages_in("34,7"), ages_in("more than 70"), ages_in("None")
    ((25, 32), (34, 34), (70, 116), None)
    """
    cell = cell.strip().strip("'\"").strip()
    if cell.lower() in _UNKNOWN:
        return None
    if found := _RANGE.fullmatch(cell) or _PAIR.fullmatch(cell):
        first, last = int(found[1]), int(found[2])
        if first > last:
            raise Unclear(f"age '{cell[:20]}' ends before it begins")
        return first, last
    if found := _ABOVE.fullmatch(cell):
        return int(found[1] or found[2]), MAX_AGE
    try:
        years = float(cell.replace(",", "."))
    except ValueError:
        raise Unclear(f"age '{cell[:20]}' is no number and no range") from None
    if math.isnan(years):
        return None
    if math.isinf(years) or abs(years) > 1e6:
        raise Unclear(f"age '{cell[:20]}' is above {MAX_AGE}")
    return math.floor(years), math.floor(years)


def gender_in(cell: str, male: str = "", female: str = "") -> int | None:
    """0 male, 1 female, None where it is not known. `male` and `female` are the words or codes
    that a table uses, several with commas; without them, m, f and the like are understood, but no
    number: 1 means male in one data set and female in another. Raises Unclear."""
    cell = cell.strip().strip("'\"").strip()
    word = cell.lower()
    if word in _words(male):
        return 0
    if word in _words(female):
        return 1
    if not male and word in _MALE:
        return 0
    if not female and word in _FEMALE:
        return 1
    if word in _UNKNOWN:
        return None
    raise Unclear(f"gender '{cell[:20]}' is not understood: map it with male=… and female=…")


def _words(listed: str) -> list[str]:
    return [word.strip().lower() for word in listed.split(",") if word.strip()]
