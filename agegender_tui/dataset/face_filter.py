"""Which faces are shown, and in which order."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.opening import row_of
from agegender_tui.filter_language import Filter, Language, Number, Tags, Text
from trainer.data.statistics import GENDERS

T = TypeVar("T")
_AT_ONCE = 4096  # rows; a few milliseconds
GENDER_WORDS = {GENDERS[0]: 0.0, GENDERS[1]: 1.0, "m": 0.0, "f": 1.0}


def language(faces: FaceSet) -> Language[int]:
    """The fields of one data set; an entry is a row of it."""
    return Language(
        {
            "age": Number(_quickly(faces, faces.index.ages, faces.age)),
            "gender": Number(
                _quickly(faces, faces.index.genders, faces.gender), words=GENDER_WORDS
            ),
            "race": Number(faces.race),
            "part": Text(faces.part),
            "flag": Tags(faces.tags),
            "name": Text(faces.name),
            "error": Number(faces.error),
            "disbelief": Number(faces.disbelief),
            "says": Text(lambda row: _said(faces, row)),
            "bytes": Number(
                lambda row: faces.index.sizes[row] if row < faces.labelled else math.nan
            ),
        },
        bare=("name", "flag"),
    )


def _quickly(
    faces: FaceSet, column: list[int], read: Callable[[int], float]
) -> Callable[[int], float]:
    """A column instead of what reads it, where that has all rows: half the time of many."""
    return column.__getitem__ if len(column) == len(faces) else read


def _said(faces: FaceSet, row: int) -> str:
    """The gender that the chosen model says."""
    said = faces.prediction(row)
    return GENDERS[said.gender] if said else ""


@dataclass(frozen=True)
class Order:
    """A way to sort: `words` say it, `least_first` and `key` do it; rows whose key is NaN come
    last."""

    words: str
    key: Callable[[FaceSet, int], float | str]
    descending: bool = False


ORDERS: dict[str, Order] = {
    "name": Order("by name", lambda faces, row: faces.name(row)),
    "age": Order("youngest first", lambda faces, row: faces.age(row)),
    "oldest": Order("oldest first", lambda faces, row: faces.age(row), descending=True),
    "gender": Order("by gender", lambda faces, row: faces.gender(row)),
    "flags": Order("most flags first", lambda faces, row: len(faces.tags(row)), descending=True),
    "error": Order("largest age error first", FaceSet.error, descending=True),
    "disbelief": Order("most disbelieved first", FaceSet.disbelief, descending=True),
}


def orders(faces: FaceSet) -> list[str]:
    """The orders that make sense for what is known."""
    without_model = ("error", "disbelief")
    return [name for name in ORDERS if faces.model or name not in without_model]


@dataclass(frozen=True)
class View:
    """What is looked at: a filter's text, the names of a finding's faces (or None for all), and the
    order: a name of `ORDERS`, or a seed that draws one."""

    filter: str = ""
    chosen: tuple[str, ...] | None = field(default=None, repr=False)
    chosen_words: str = ""
    order: str = "name"
    seed: int | None = None


def rows_of(faces: FaceSet, view: View, poll: Callable[[], None] = lambda: None) -> Sequence[int]:
    """The rows in view, in order. A finding's faces keep the finding's order unless sorted.

    `poll` is called every few milliseconds and may raise to give up. Nothing in here keeps other
    threads waiting for longer, however many faces there are. Raises ConfigError for a filter that
    cannot be understood.
    """
    fits: Filter[int] = language(faces).parse(view.filter)
    rows: Sequence[int] = range(len(faces))
    if view.chosen is not None:
        # By name, as a face has another row once labels were corrected.
        found = (row_of(faces, name) for some in _parts(view.chosen, poll) for name in some)
        rows = [row for row in found if row is not None]
    if fits.terms:
        rows = [row for some in _parts(rows, poll) for row in fits.fitting(some)]
    if view.seed is not None:
        return random.Random(view.seed).sample(rows, len(rows))
    if view.order == "name":
        # The index is in the order of its names already; so is a finding in its own.
        return rows
    return _sorted(faces, rows, ORDERS[view.order], poll)


def _parts(rows: Sequence[T], poll: Callable[[], None]) -> Iterator[Sequence[T]]:
    for first in range(0, len(rows), _AT_ONCE):
        poll()
        yield rows[first : first + _AT_ONCE]


def _sorted(
    faces: FaceSet, rows: Sequence[int], order: Order, poll: Callable[[], None]
) -> list[int]:
    """Rows with the same key stay in the order they have: there are few keys and many rows, and to
    sort all of these at once would hold up the screen."""
    alike: dict[float | str, list[int]] = defaultdict(list)
    unknown: list[int] = []
    for some in _parts(rows, poll):
        for row in some:
            key = order.key(faces, row)
            (alike[key] if key == key else unknown).append(row)  # NaN is not itself
    keys = sorted(alike, reverse=order.descending)
    return [row for key in keys for row in alike[key]] + unknown
