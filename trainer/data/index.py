"""The index of a data set: which files it has and what their names, or tables beside them, say of
them. Opens no picture."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from trainer.data.exclusions import FILE_NAME, Curation, read_curation
from trainer.data.importers import LAYOUTS, UTKFACE, layout
from trainer.data.importers.tables import joined
from trainer.data.labels import AnyLabel, Label, PartialLabel, is_image
from trainer.data.source import DataSource, parse_source
from trainer.data.walk import Stamp, file_stamp, polled, walk
from trainer.errors import DataError
from trainer.text import printable


@dataclass(frozen=True)
class Index:
    """The labelled files of `folder`, in name order; paths in `files` are relative to it.

    `rejected` has (name, why) of pictures without a valid label, of rows of tables that mean no
    picture (by table and line) and, with a slash at the end, of folders that cannot be read;
    `ignored` counts other files.
    `partial` has (name, label) of pictures whose label lacks an exact age or a gender: no model
    here can learn from them, since models A and B need both, so they are no rows and no run uses
    them; a range of ages is kept as it is. `sizes` and `times` (nanoseconds) tell whether a file
    changed. Labels are as corrected by the `curation`; the rows it leaves out are `excluded`, yet
    listed, so that the decoded pixels of a data set serve it however it is curated. While all
    `stamps` hold, names and labels are the same; there are none where that cannot be told.
    `labelling` tells one reading of the folder from another, by its layout and by what its tables
    say, whatever was corrected; '' where names as UTKFace's say it all.
    """

    folder: Path
    files: list[str] = field(repr=False)
    ages: list[int] = field(repr=False)
    genders: list[int] = field(repr=False)
    races: list[int | None] = field(repr=False)
    sizes: list[int] = field(repr=False)
    times: list[int] = field(repr=False)
    rejected: list[tuple[str, str]] = field(default_factory=list, repr=False)
    ignored: int = 0
    excluded: frozenset[int] = field(default=frozenset(), repr=False)
    curation: Curation | None = field(default=None, repr=False)
    partial: list[tuple[str, PartialLabel]] = field(default_factory=list, repr=False)
    source: DataSource | None = None
    stamps: tuple[Stamp, ...] = field(default=(), repr=False, compare=False)
    labelling: str = ""

    @property
    def lacking(self) -> str:
        """How many pictures no run uses for want of a label, and why; '' if there are none.

        E.g. `7 with a range of ages only, 2 without a gender`.
        """
        return counted(label.lacks() for _, label in self.partial)

    @property
    def kept(self) -> list[int]:
        """The rows that runs use, ascending."""
        return [row for row in range(len(self.files)) if row not in self.excluded]

    @property
    def curated(self) -> str:
        """What the curation does to these faces, naming its file, and of which file nothing is
        done; '' if nothing."""
        if self.curation is None:
            return ""
        counts = ((len(self.excluded), "excluded"), (len(self.corrected), "with a corrected label"))
        done = ", ".join(f"{count} {what}" for count, what in counts if count)
        done += f" by {printable(str(self.curation.file))}" if done else ""
        return "; ".join(filter(None, (done, self.curation.overlooked_words)))

    @property
    def corrected(self) -> dict[str, Label]:
        """Labels that are not those of the names, of files that are there."""
        known = self.curation.corrected if self.curation else {}
        return {name: known[name] for name in self.files if name in known} if known else {}

    @property
    def key(self) -> str:
        """Changes whenever a file is added, removed, renamed or rewritten."""
        digest = hashlib.sha256(os.fsencode(self.folder))
        for name, size, time in zip(self.files, self.sizes, self.times, strict=True):
            digest.update(os.fsencode(name) + b"\0%d %d\0" % (size, time))
        return digest.hexdigest()[:24]


def build_index(data: Path | str, poll: Callable[[], None] = lambda: None) -> Index:
    """Index all pictures of a data set, hidden folders left out.

    `data` is a folder of faces named as UTKFace's, or a line of text that `parse_source` takes.
    `poll` is called now and then and may raise to give up. Raises DataError if the folder is
    missing, cannot be read, or holds no picture with a whole label, if a table of labels cannot be
    understood, or if the curation cannot be read.
    """
    index = scan(parse_source(data), poll)
    if not index.files:
        raise DataError(nothing(index))
    return index


def browsable_index(source: DataSource) -> Index:
    """`build_index` of what can be looked at: labels without an exact age or a gender will do."""
    index = scan(source)
    if not index.files and not index.partial:
        raise DataError(nothing(index))
    return index


def scan(source: DataSource, poll: Callable[[], None] = lambda: None) -> Index:
    """`build_index` without the demand that there be a face to train on."""
    folder = source.folder
    shown = printable(str(folder))
    rows: list[tuple[str, Label, int, int]] = []
    partial: list[tuple[str, PartialLabel]] = []
    stamps: list[Stamp] = []
    closed: list[tuple[str, str]] = []  # for reasons that may go without a name changing
    ignored = 0
    try:
        os.scandir(folder).close()  # a folder that is not there is no matter of its curation
        curation = read_curation(folder)
        corrected = curation.corrected
        label_of, rejected, labelling = _labels(source, poll, stamps)
        for path, entry in walk(folder, poll, closed, stamps):
            if not is_image(entry.name):
                ignored += entry.name != FILE_NAME
                continue
            label = corrected.get(path) or label_of(path)
            if isinstance(label, str):
                rejected.append((path, label))
                continue
            if isinstance(label, PartialLabel):
                partial.append((path, label))
                continue
            try:
                stat = entry.stat()
            except OSError as error:
                closed.append((path, f"cannot be read: {error.strerror}"))
                continue
            rows.append((path, label, stat.st_size, stat.st_mtime_ns))
    except FileNotFoundError as error:
        where = printable(str(error.filename or folder))
        raise DataError(f"{where}: no such folder; check its name") from None
    except NotADirectoryError:
        raise DataError(f"{shown}: is a file; give the folder that holds the faces") from None
    except ValueError as error:
        raise DataError(f"{shown}: is no name of a folder ({error}); give another") from None
    except OSError as error:
        where = printable(str(error.filename or folder))
        raise DataError(f"{where}: cannot be read ({error.strerror}); check permissions") from error
    rows.sort()
    return Index(
        folder=folder,
        files=[row[0] for row in rows],
        ages=[row[1].age for row in rows],
        genders=[row[1].gender for row in rows],
        races=[row[1].race for row in rows],
        sizes=[row[2] for row in rows],
        times=[row[3] for row in rows],
        rejected=sorted([*rejected, *closed]),
        ignored=ignored,
        excluded=frozenset(row for row, one in enumerate(rows) if one[0] in curation.excluded),
        curation=curation,
        partial=sorted(partial),
        source=source,
        stamps=() if closed else tuple(stamps),
        labelling=labelling,
    )


def _labels(
    source: DataSource, poll: Callable[[], None], stamps: list[Stamp]
) -> tuple[Callable[[str], AnyLabel | str], list[tuple[str, str]], str]:
    """What says the label of a picture, by its path; (name, why) of rows of tables that mean no
    picture; and the `labelling`. All files that may be such tables go into `stamps`."""
    chosen = layout(source.layout)
    if chosen.rows is None:
        assert chosen.label is not None
        return chosen.label, [], "" if source.layout == UTKFACE else _digest(source.layout, [])
    files, others = set(), [source.mapping["table"]] if "table" in source.mapping else []
    for path, entry in walk(source.folder, poll, []):  # `scan` tells what cannot be read
        if is_image(entry.name):
            files.add(path)
        elif entry.name != FILE_NAME:
            others.append(path)
    stamps += (file_stamp(source.folder, path) for path in others)
    rows = chosen.rows(source.folder, frozenset(files), source.mapping)
    labels, lost = joined(polled(rows, poll), frozenset(files))
    said = polled(chain(labels.items(), lost), poll)
    return lambda path: labels.get(path, "no table lists it"), lost, _digest(source.layout, said)


def _digest(layout: str, said: Iterable[tuple[str, AnyLabel | str]]) -> str:
    digest = hashlib.sha256(layout.encode())
    for one in said:
        digest.update(repr(one).encode())
    return digest.hexdigest()[:16]


def counted(reasons: Iterable[str]) -> str:
    """`7 with a range of ages only, 2 without a gender`: the most frequent first."""
    return ", ".join(f"{count:,} {why}" for why, count in Counter(reasons).most_common())


def nothing(index: Index) -> str:
    """Why no run can use a data set of which no file is left, and what to do."""
    shown = printable(str(index.folder))
    if index.partial:
        return (
            f"{shown}: none of its pictures has both an exact age and a gender, which a run needs "
            f"({index.lacking}); give exact labels in a table of your own, or use another data set"
        )
    if index.rejected:
        name, why = index.rejected[0]
        named = index.source is None or index.source.layout == UTKFACE
        remedy = _remedy(index) if named else "see them with `agegender-tui data preview`"
        return (
            f"{shown}: none of its {len(index.rejected)} pictures has a label in its name "
            if named
            else f"{shown}: none of its {len(index.rejected)} pictures and rows gives a label "
        ) + f"({printable(name)}: {printable(why)}); {remedy}"
    if index.ignored:
        return (
            f"{shown}: holds {index.ignored} files but no pictures; give the folder with the faces"
        )
    return f"{shown}: is empty; put faces named age_gender_race_date.jpg there"


def _remedy(index: Index) -> str:
    """What to do about a folder whose names are not UTKFace's."""
    from trainer.data.importers.detect import detect

    try:
        found = detect(index.folder)
    except OSError:
        found = None
    if found in (None, UTKFACE):
        return "name them like 26_1_2_20170116174525125.jpg"
    called = LAYOUTS[found][1].partition(":")[0]
    return f"it looks like {called}: give it as {found}:{printable(str(index.folder))}"


def check_trainable(index: Index, batch_size: int, validation_fraction: float) -> None:
    """Raise DataError if a run on these faces cannot mean anything."""
    genders = [index.genders[row] for row in index.kept] if index.excluded else index.genders
    check_labels(printable(str(index.folder)), genders, batch_size, validation_fraction)


def check_labels(
    shown: str, genders: list[int], batch_size: int, validation_fraction: float
) -> None:
    """`check_trainable` for any list of labels, e.g. those that also decode."""
    count = len(genders)
    if not count:
        raise DataError(f"{shown}: every face is excluded; restore some")
    validation = round(count * validation_fraction)
    training = count - validation
    if training < batch_size:
        raise DataError(
            f"{shown}: {count} faces leave {training} to train on, fewer than batch_size "
            f"{batch_size}; lower batch_size to {max(training, 1)} or add faces"
        )
    if validation < 1:
        raise DataError(f"{shown}: {count} faces leave none to validate on; add faces")
    classes = Counter(genders)
    if len(classes) < 2:
        only = next(iter(classes))
        raise DataError(
            f"{shown}: all {count} faces have gender {only}, so gender cannot be learnt; "
            "add faces of the other"
        )
