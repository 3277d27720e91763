"""Two models on the same faces: which is better, by how much, and whether it may be luck."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from trainer.evaluation.age_groups import ranges_of
from trainer.evaluation.bootstrap import RESAMPLES, difference_intervals, resampled_figures
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


class Sampled:
    """The figures of one model on some faces, of all of these and of each resample."""

    def __init__(self, measures: Measures, resamples: int = RESAMPLES) -> None:
        self.measures = measures
        self.figures = resampled_figures(measures, resamples)


class Samples:
    """Keeps what was resampled: with how many others a model is compared on the same faces, its
    figures there are computed once. Some 300 kB a model and set of faces."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], tuple[Scored, Sampled]] = {}

    def of(self, scored: Scored, rows: np.ndarray, groups: list[tuple[int, int]]) -> Sampled:
        """Of the faces at these rows, whose set has these age groups."""
        key = id(scored), rows.tobytes(), tuple(groups)
        if key not in self._known:
            sampled = Sampled(Measures(scored.take(rows), groups))
            self._known[key] = scored, sampled  # an object that is kept shares its id with none
        return self._known[key][1]


def shared(one: Scored, other: Scored) -> tuple[Scored, Scored]:
    """Both on the faces that both have, in the order of `one`, which may be none.

    A face is the same if its name in the same folder, its pixels and its labels are: one that was
    changed or relabelled between the two evaluations is compared with nothing.
    """
    ours, theirs = _shared_rows(one, other)
    return one.take(ours), other.take(theirs)


def _shared_rows(one: Scored, other: Scored) -> tuple[np.ndarray, np.ndarray]:
    if one.folder != other.folder:
        nowhere = np.zeros(0, "int64")
        return nowhere, nowhere
    if _all_the_same(one, other):
        every = np.arange(len(one.files))
        return every, every
    places = {key: place for place, key in enumerate(_keys(other))}
    pairs = [(row, places[key]) for row, key in enumerate(_keys(one)) if key in places]
    rows = np.array(pairs, "int64").reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _all_the_same(one: Scored, other: Scored) -> bool:
    """Whether both have the same faces in the same order, as models on one data set have."""
    return (
        one.files == other.files
        and one.pixels == other.pixels
        and np.array_equal(one.age_low, other.age_low, equal_nan=True)
        and np.array_equal(one.age_high, other.age_high, equal_nan=True)
        and np.array_equal(one.genders, other.genders)
    )


def _keys(scored: Scored) -> list[tuple[str, ...]]:
    labels = np.column_stack((scored.age_low, scored.age_high, scored.genders)).astype(str)
    digests = scored.pixels or ("",) * len(scored.files)
    return [
        (name, digest, *label)
        for name, digest, label in zip(scored.files, digests, labels.tolist(), strict=True)
    ]


def paired(one: Scored, other: Scored, known: Samples | None = None) -> list[Paired]:
    """Each figure that the shared faces have labels for, in the order of `KINDS`; empty where no
    face is shared. Both models are resampled on the same faces each time, so that how hard a face
    is does not count as a difference between them. `known` spares the work of comparisons with
    the same models before."""
    known = known or Samples()
    groups = ranges_of(one)
    ours, theirs = _shared_rows(one, other)
    return _paired(known.of(one, ours, groups), known.of(other, theirs, groups))


def paired_groups(
    one: Scored, other: Scored, kinds: Sequence[str], known: Samples | None = None
) -> list[PairedGroup]:
    """The same for each group of these kinds (`age`, `gender`, `race`) that has `FEW` shared faces
    or more, in the order of `grouped`. Without correction for looking at many groups."""
    known = known or Samples()
    groups = ranges_of(one)
    ours, theirs = _shared_rows(one, other)
    found = []
    for kind, name, of_one in group_masks(one):  # named as among all faces
        mask = of_one[ours]
        if kind in kinds and mask.sum() >= FEW:
            left, right = (
                known.of(each, rows[mask], groups) for each, rows in ((one, ours), (other, theirs))
            )
            found.append(PairedGroup(kind, name, int(mask.sum()), _paired(left, right)))
    return found


def _paired(one: Sampled, other: Sampled) -> list[Paired]:
    differences = difference_intervals(Differing(one, other))
    return [
        Paired(
            name,
            float(one.figures[name][0]),
            float(other.figures[name][0]),
            differences[name],
            _better(name, differences[name]),
        )
        for name in KINDS
        if name in differences and one.measures.labelled(name)
    ]


class Differing:
    """The differences, other less one, under the same weights of the same faces."""

    def __init__(self, one: Sampled, other: Sampled) -> None:
        self._one, self._other = one.measures, other.measures
        self.figures = {name: other.figures[name] - one.figures[name] for name in one.figures}

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
