"""Two models on the same faces: which is better, by how much, and whether it may be luck."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from trainer.evaluation.age_groups import ranges_of
from trainer.evaluation.bootstrap import difference_intervals
from trainer.evaluation.figures import group_masks
from trainer.evaluation.kinds import KINDS, Figure
from trainer.evaluation.measuring import Measures
from trainer.evaluation.scored import Scored
from trainer.export.model_card import FEW


class Paired(NamedTuple):
    """One figure of both on the faces they share; `difference` is other less one. `better` is
    `one` or `other` only where its interval leaves 0 out, else ''."""

    name: str
    one: float
    other: float
    difference: Figure
    better: str


class PairedGroup(NamedTuple):
    """How two differ on the `faces` shared faces of one group; `kind` as of `figures.Group`."""

    kind: str
    name: str
    faces: int
    rows: list[Paired]


def shared(one: Scored, other: Scored) -> tuple[Scored, Scored]:
    """Both on the faces that both have, in the order of `one`, which may be none.

    A face is the same if its name in the same folder, its pixels and its labels are: one that was
    changed or relabelled between the two evaluations is compared with nothing.
    """
    if one.folder != other.folder:
        nowhere = np.zeros(0, "int64")
        return one.take(nowhere), other.take(nowhere)
    places = {key: place for place, key in enumerate(_keys(other))}
    pairs = [(row, places[key]) for row, key in enumerate(_keys(one)) if key in places]
    rows = np.array(pairs, "int64").reshape(-1, 2)
    return one.take(rows[:, 0]), other.take(rows[:, 1])


def _keys(scored: Scored) -> list[tuple[str, ...]]:
    labels = np.column_stack((scored.age_low, scored.age_high, scored.genders)).astype(str)
    digests = scored.pixels or ("",) * len(scored.files)
    return [
        (name, digest, *label)
        for name, digest, label in zip(scored.files, digests, labels.tolist(), strict=True)
    ]


def paired(one: Scored, other: Scored) -> list[Paired]:
    """Each figure that the shared faces have labels for, in the order of `KINDS`; empty where no
    face is shared. Both models are resampled on the same faces each time, so that how hard a face
    is does not count as a difference between them."""
    return _paired(*shared(one, other), ranges_of(one))


def paired_groups(one: Scored, other: Scored, kinds: Sequence[str]) -> list[PairedGroup]:
    """The same for each group of these kinds (`age`, `gender`, `race`) that has `FEW` shared faces
    or more, in the order of `grouped`. Without correction for looking at many groups."""
    ours, theirs = shared(one, other)
    groups = ranges_of(one)
    return [
        PairedGroup(
            kind, name, int(mask.sum()), _paired(ours.take(mask), theirs.take(mask), groups)
        )
        for kind, name, mask in group_masks(ours)
        if kind in kinds and mask.sum() >= FEW
    ]


def _paired(ours: Scored, theirs: Scored, groups: list[tuple[int, int]]) -> list[Paired]:
    left, right = Measures(ours, groups), Measures(theirs, groups)
    differences = difference_intervals(Differing(left, right))
    if not differences:
        return []
    whole = np.ones((1, len(ours.files)))
    before, after = left(whole), right(whole)
    return [
        Paired(
            name,
            float(before[name][0]),
            float(after[name][0]),
            differences[name],
            _better(name, differences[name]),
        )
        for name in KINDS
        if left.labelled(name)
    ]


class Differing:
    """Measures the differences, other less one, under the same weights of the same faces."""

    def __init__(self, one: Measures, other: Measures) -> None:
        self._one, self._other, self.count = one, other, one.count

    def __call__(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Each difference (b,) for `weights` (b, n)."""
        before, after = self._one(weights), self._other(weights)
        return {name: after[name] - before[name] for name in before}

    def faces(self, name: str) -> int:
        """How many faces a figure rests on."""
        return self._one.faces(name)

    def disagreements(self, name: str) -> tuple[int, int]:
        """Of a share: on how many faces only the other counts, and only the one."""
        before, after = self._one.counting(name), self._other.counting(name)
        return int((after & ~before).sum()), int((before & ~after).sum())

    def telling(self, name: str) -> float:
        """From how many faces the difference comes: their effective number (Kish 1965, Survey
        Sampling), each weighing as much as what the two say of it lies apart. It is the number of
        faces told differently where one can only be told right or wrong; at most all faces."""
        apart = np.abs(self._other.of_each(name) - self._one.of_each(name))
        square = float((apart**2).sum())
        return float(apart.sum()) ** 2 / square if square > 0 else 0.0


def _better(name: str, difference: Figure) -> str:
    way = KINDS[name].better
    if not way:
        return ""
    if difference.high < 0:
        return "other" if way == "lower" else "one"
    if difference.low > 0:
        return "other" if way == "higher" else "one"
    return ""
