"""The faces to evaluate on, with all that is known of them: what an index has as rows, and what it
has as `partial` because no run can learn from it. Opens no picture and needs no numpy."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from trainer.data.index import Index, nothing, scan
from trainer.data.labels import PartialLabel
from trainer.data.source import DataSource, parse_source
from trainer.data.split import read_split
from trainer.errors import DataError
from trainer.runs.layout import RunDir
from trainer.text import printable

VALIDATION, ALL = "validation", "all"
PARTS = (VALIDATION, ALL)
Poll = Callable[[], None]


@dataclass(frozen=True)
class LabelledFaces:
    """`rows` of `index` to evaluate on, ascending, and their `labels` in the same order, an exact
    age as the range from itself to itself. `gone` has (file, why) of faces that belong to the part
    and are there no more; `notes` are sentences for people."""

    index: Index
    rows: list[int]
    labels: list[PartialLabel]
    gone: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """The names of the rows."""
        return [self.index.files[row] for row in self.rows]

    @property
    def fingerprint(self) -> str:
        """Changes with any face, its label, the folder, and which faces belong to the part; not
        with the way that leads to the folder."""
        digest = hashlib.sha256(os.fsencode(self.index.folder.resolve()))
        for row, label in zip(self.rows, self.labels, strict=True):
            digest.update(os.fsencode(self.index.files[row]))
            facts = (self.index.sizes[row], self.index.times[row], tuple(label))
            digest.update(repr(facts).encode())
        digest.update(repr(sorted(self.gone)).encode())
        return digest.hexdigest()[:24]


def whole_set(source: DataSource, poll: Poll = lambda: None) -> LabelledFaces:
    """All faces of a data set that have an age, a range of ages or a gender, but for those that its
    curation excludes. DataError where there are none."""
    index = scan(source, poll)
    shown = printable(str(source))
    if not index.files and not index.partial:
        raise DataError(nothing(index))
    out = index.curation.excluded if index.curation else frozenset()
    known: dict[str, tuple[PartialLabel, int, int]] = {}
    for row, name in enumerate(index.files):
        age = index.ages[row]
        label = PartialLabel((age, age), index.genders[row], index.races[row])
        known[name] = (label, index.sizes[row], index.times[row])
    lost = []
    for name, label in index.partial:
        try:
            stat = (index.folder / name).stat()
        except OSError as error:
            lost.append((name, f"cannot be read: {error.strerror}"))
            continue
        known[name] = (label, stat.st_size, stat.st_mtime_ns)
    # Excluded faces stay in the index, as they do for runs: both then decode the set only once.
    together = index if len(known) == len(index.files) else _merged(index, known)
    rows = [row for row, name in enumerate(together.files) if name not in out]
    if not rows:
        raise DataError(f"{shown}: every face is excluded; restore some")
    notes = [index.curated] if index.curated else []
    return LabelledFaces(
        together, rows, [known[together.files[row]][0] for row in rows], lost, notes
    )


def _merged(index: Index, known: dict[str, tuple[PartialLabel, int, int]]) -> Index:
    """An index with the partly labelled as rows too, to decode them by: its ages and genders are
    no labels where `LabelledFaces.labels` has None."""
    files = sorted(known)
    labels = [known[name][0] for name in files]
    return dataclasses.replace(
        index,
        files=files,
        ages=[label.ages[0] if label.ages else 0 for label in labels],
        genders=[label.gender or 0 for label in labels],
        races=[label.race for label in labels],
        sizes=[known[name][1] for name in files],
        times=[known[name][2] for name in files],
        excluded=frozenset(),
        partial=[],
    )


def validation_part(run: RunDir, poll: Poll = lambda: None) -> LabelledFaces:
    """The faces that a run kept to validate on, as its `split.csv` has them, with the labels they
    have now. Those that are no longer in the data set, or excluded since, are `gone`.

    RunError where the run has no `split.csv`, DataError where none of the faces is left.
    """
    split = read_split(run.split_file)
    index = scan(parse_source(run.config().data), poll)
    places = {name: row for row, name in enumerate(index.files)}
    rows, gone, relabelled = [], [], 0
    for name, (part, age, gender) in split.items():
        if part != VALIDATION:
            continue
        row = places.get(name)
        if row is None:
            there = (index.folder / name).exists()
            gone.append((name, "has no whole label any more" if there else "is no longer there"))
        elif row in index.excluded:
            gone.append((name, "was excluded after the run"))
        else:
            rows.append(row)
            relabelled += (age, gender) != (index.ages[row], index.genders[row])
    rows.sort()
    if not rows:
        raise DataError(
            f"{printable(str(index.folder))}: none of the {len(gone)} faces that {run.id} "
            "validated on is there any more; put them back, or give other faces with --data"
        )
    notes = []
    if relabelled:
        notes.append(f"{relabelled:,} faces have another label than during the run; the new counts")
    labels = [
        PartialLabel((index.ages[row], index.ages[row]), index.genders[row], index.races[row])
        for row in rows
    ]
    return LabelledFaces(index, rows, labels, gone, notes)
