"""The index of a data set: which files it has and what their names say. Reads names only."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from trainer.data.labels import Label, is_image, parse_name
from trainer.errors import DataError
from trainer.text import printable


@dataclass(frozen=True)
class Index:
    """The labelled files of `folder`, in name order; paths in `files` are relative to it.

    `rejected` has (name, why) of pictures without a valid label; `ignored` counts other files.
    `sizes` and `times` (nanoseconds) tell whether a file changed.
    """

    folder: Path
    files: list[str]
    ages: list[int]
    genders: list[int]
    races: list[int | None]
    sizes: list[int] = field(repr=False)
    times: list[int] = field(repr=False)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    ignored: int = 0

    @property
    def key(self) -> str:
        """Changes whenever a file is added, removed, renamed or rewritten."""
        digest = hashlib.sha256(os.fsencode(self.folder))
        for name, size, time in zip(self.files, self.sizes, self.times, strict=True):
            digest.update(os.fsencode(name) + b"\0%d %d\0" % (size, time))
        return digest.hexdigest()[:24]


def build_index(folder: Path) -> Index:
    """Index all pictures in `folder` and below, hidden folders left out.

    Raises DataError if the folder is missing, cannot be read, or holds no labelled picture.
    """
    folder = folder.expanduser().absolute()
    shown = printable(str(folder))
    if not folder.exists():
        raise DataError(f"{shown}: no such folder; give the folder of the faces with --data")
    if not folder.is_dir():
        raise DataError(f"{shown}: is a file; give the folder that holds the faces")
    rows: list[tuple[str, Label, int, int]] = []
    rejected: list[tuple[str, str]] = []
    ignored = 0
    try:
        for path, entry in _walk(folder, ""):
            if not is_image(entry.name):
                ignored += 1
                continue
            label = parse_name(entry.name)
            if isinstance(label, str):
                rejected.append((path, label))
                continue
            stat = entry.stat()
            rows.append((path, label, stat.st_size, stat.st_mtime_ns))
    except OSError as error:
        where = printable(str(error.filename or folder))
        raise DataError(f"{where}: cannot be read ({error.strerror}); check permissions") from error
    if not rows:
        raise DataError(_nothing(shown, rejected, ignored))
    rows.sort()
    return Index(
        folder=folder,
        files=[row[0] for row in rows],
        ages=[row[1].age for row in rows],
        genders=[row[1].gender for row in rows],
        races=[row[1].race for row in rows],
        sizes=[row[2] for row in rows],
        times=[row[3] for row in rows],
        rejected=sorted(rejected),
        ignored=ignored,
    )


def _walk(folder: Path, below: str) -> list[tuple[str, os.DirEntry[str]]]:
    found: list[tuple[str, os.DirEntry[str]]] = []
    with os.scandir(folder / below) as entries:
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    found += _walk(folder, path)
            elif entry.is_file():
                found.append((path, entry))
    return found


def _nothing(shown: str, rejected: list[tuple[str, str]], ignored: int) -> str:
    if rejected:
        name, why = rejected[0]
        return (
            f"{shown}: none of its {len(rejected)} pictures has a label in its name "
            f"({printable(name)}: {why}); name them like 26_1_2_20170116174525125.jpg"
        )
    if ignored:
        return f"{shown}: holds {ignored} files but no pictures; give the folder with the faces"
    return f"{shown}: is empty; put faces named age_gender_race_date.jpg there"


def check_trainable(index: Index, batch_size: int, validation_fraction: float) -> None:
    """Raise DataError if a run on these faces cannot mean anything."""
    check_labels(printable(str(index.folder)), index.genders, batch_size, validation_fraction)


def check_labels(
    shown: str, genders: list[int], batch_size: int, validation_fraction: float
) -> None:
    """`check_trainable` for any list of labels, e.g. those that also decode."""
    count = len(genders)
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
