"""The figures of an evaluation, over all faces and by age, gender and race."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from trainer.data.statistics import GENDERS, RACES
from trainer.evaluation.age_groups import ranges_of, said_group, true_group
from trainer.evaluation.bootstrap import intervals
from trainer.evaluation.kinds import KINDS, RANGE, Figure, Kind
from trainer.evaluation.measuring import Measures
from trainer.evaluation.scored import Scored
from trainer.export.model_card import AGE_BANDS

__all__ = [
    "KINDS", "AgeConfusion", "Confusion", "Figure", "Group", "Kind", "age_confusion", "confusion",
    "figures", "grouped",
]  # fmt: skip


class Group(NamedTuple):
    """The figures of the faces of one age band, gender or race; `kind` says which of the three.
    Figures that these faces have no labels for are left out."""

    kind: str
    name: str
    faces: int
    figures: dict[str, Figure]


class Confusion(NamedTuple):
    """How many faces of gender 0 and 1 were taken for 0 and 1, said as true_said."""

    zero_zero: int
    zero_one: int
    one_zero: int
    one_one: int


class AgeConfusion(NamedTuple):
    """Age groups (first year, last year), of a set with ranges these; and (groups, groups) int, how
    many faces labelled as of one were said to be of another."""

    groups: list[tuple[int, int]]
    counts: np.ndarray


def figures(scored: Scored, rows: np.ndarray | None = None) -> dict[str, Figure]:
    """The figures of the faces at `rows` (numbers or a mask), of all without, in the order of
    `KINDS`; those these faces have no labels for are left out."""
    part = scored if rows is None else scored.take(rows)
    return _figures(part, ranges_of(scored))


def _figures(part: Scored, groups: list[tuple[int, int]]) -> dict[str, Figure]:
    measures = Measures(part, groups)
    found = intervals(measures)
    return {name: found[name] for name in KINDS if name in found and measures.labelled(name)}


def grouped(scored: Scored) -> list[Group]:
    """Age bands, from young to old; genders; races. Ages known as ranges group by these ranges,
    whose names tell them from bands, as in `20–29 (range)`, where the set has exact ages too. Empty
    groups, and faces whose label is unknown, are left out."""
    groups = ranges_of(scored)
    return [
        Group(kind, name, int(mask.sum()), _figures(scored.take(mask), groups))
        for kind, name, mask in group_masks(scored)
    ]


def group_masks(scored: Scored) -> list[tuple[str, str, np.ndarray]]:
    """Kind, name and faces, (n,) bool, of each group that has any, in the order of `grouped`; no
    two of one kind have one name."""
    groups = ranges_of(scored)
    exact = scored.exact
    ranged = RANGE if exact.any() else ""
    wanted: list[tuple[str, str, np.ndarray]] = [
        ("age", f"{low}–{high}", exact & (scored.age_low >= low) & (scored.age_low <= high))
        for low, high in AGE_BANDS
    ]
    wanted += [
        (
            "age",
            f"{low}–{high}{ranged}",
            scored.ranged & (scored.age_low == low) & (scored.age_high == high),
        )
        for low, high in groups
    ]
    wanted += [("gender", name, scored.genders == code) for code, name in enumerate(GENDERS)]
    wanted += [("race", name, scored.races == code) for code, name in enumerate(RACES)]
    return [one for one in wanted if one[2].any()]


def age_confusion(scored: Scored) -> AgeConfusion | None:
    """Counts over the faces whose range of ages is a group, or of a set without ranges over those
    whose age is exact; None where there are none, or a single range, which any age falls into."""
    groups = ranges_of(scored)
    if len(groups) == 1:
        return None
    truth = true_group(scored, groups)
    if not groups:
        groups = list(AGE_BANDS)
        truth = np.where(scored.exact, said_group(scored.age_low, groups), -1)
    rows = np.flatnonzero((truth >= 0) & np.isfinite(scored.ages))
    if not len(rows):
        return None
    counts = np.zeros((len(groups), len(groups)), "int64")
    np.add.at(counts, (truth[rows], said_group(scored.ages[rows], groups)), 1)
    return AgeConfusion(groups, counts)


def confusion(scored: Scored, rows: np.ndarray | None = None) -> Confusion:
    """Counts over the faces whose gender is known."""
    part = scored if rows is None else scored.take(rows)
    known = part.genders >= 0
    places = 2 * part.genders[known] + (part.female[known] > 0.5)
    return Confusion(*map(int, np.bincount(places, minlength=4)))
