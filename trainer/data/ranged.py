"""Data sets in which every label lacks an exact age or a gender: no run uses their faces, but a
report can be made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from trainer.data.index import Index
from trainer.data.labels import PartialLabel

Ages = tuple[int, int] | None
UNKNOWN = -1


@dataclass(frozen=True)
class RangedIndex(Index):
    """The partly labelled faces as rows: `labels` has what is known of each, and `ages` the middle
    of its range; -1 stands for an age or a gender that is not known."""

    labels: list[PartialLabel] = field(default_factory=list, repr=False)


def looked_at(index: Index) -> Index:
    """What a report of the data set is on: the index itself, or, where no label of it is whole, a
    `RangedIndex` of those that are there."""
    if index.files or not index.partial:
        return index
    sizes, times = [], []
    for name, _ in index.partial:
        try:
            now = (index.folder / name).stat()
        except OSError:  # what cannot be read is found when it is opened
            sizes.append(0)
            times.append(0)
        else:
            sizes.append(now.st_size)
            times.append(now.st_mtime_ns)
    labels = [label for _, label in index.partial]
    return RangedIndex(
        folder=index.folder,
        files=[name for name, _ in index.partial],
        ages=[UNKNOWN if label.ages is None else sum(label.ages) // 2 for label in labels],
        genders=[UNKNOWN if label.gender is None else label.gender for label in labels],
        races=[label.race for label in labels],
        sizes=sizes,
        times=times,
        rejected=index.rejected,
        ignored=index.ignored,
        curation=index.curation,
        source=index.source,
        labelling=index.labelling,
        labels=labels,
    )


def range_name(ages: Ages) -> str:
    """`20–29`, `26` where it is exact, `unknown`."""
    if ages is None:
        return "unknown"
    first, last = ages
    return str(first) if first == last else f"{first}–{last}"


def counted_ranges(index: Index, rows: Iterable[int]) -> Counter[tuple[Ages, int | None]]:
    """(range of ages, gender) of these rows; nothing where the labels are whole."""
    if not isinstance(index, RangedIndex):
        return Counter()
    labels = index.labels
    return Counter((labels[row].ages, labels[row].gender) for row in rows)


def in_order(ranges: Iterable[Ages]) -> list[Ages]:
    """Each of them once, the youngest first, the unknown one last."""
    return sorted(set(ranges), key=lambda ages: (ages is None, ages or (0, 0)))
