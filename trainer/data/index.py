"""The index of a data set: which files it has and what their names say. Reads names only."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trainer.data.exclusions import FILE_NAME, Curation, read_curation
from trainer.data.labels import Label, is_image, parse_name
from trainer.errors import DataError
from trainer.text import printable


@dataclass(frozen=True)
class Index:
    """The labelled files of `folder`, in name order; paths in `files` are relative to it.

    `rejected` has (name, why) of pictures without a valid label; `ignored` counts other files.
    `sizes` and `times` (nanoseconds) tell whether a file changed. Labels are as corrected by the
    `curation`; the rows it leaves out are `excluded`, yet listed, so that the decoded pixels of a
    data set serve it however it is curated.
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
    excluded: frozenset[int] = frozenset()
    curation: Curation | None = None

    @property
    def kept(self) -> list[int]:
        """The rows that runs use, ascending."""
        return [row for row in range(len(self.files)) if row not in self.excluded]

    @property
    def curated(self) -> str:
        """What the curation does to these faces, naming its file; '' if nothing."""
        if self.curation is None:
            return ""
        counts = ((len(self.excluded), "excluded"), (len(self.corrected), "with a corrected label"))
        done = ", ".join(f"{count} {what}" for count, what in counts if count)
        return f"{done} by {printable(str(self.curation.file))}" if done else ""

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


def build_index(folder: Path) -> Index:
    """Index all pictures in `folder` and below, hidden folders left out.

    Raises DataError if the folder is missing, cannot be read, or holds no labelled picture, or if
    its curation cannot be read.
    """
    folder = Path(os.path.expanduser(folder)).absolute()  # noqa: PTH111 - Path raises on ~unknown
    shown = printable(str(folder))
    rows: list[tuple[str, Label, int, int]] = []
    rejected: list[tuple[str, str]] = []
    ignored = 0
    try:
        os.scandir(folder).close()  # a folder that is not there is no matter of its curation
        curation = read_curation(folder)
        corrected = curation.corrected
        for path, entry in _walk(folder):
            if not is_image(entry.name):
                ignored += entry.name != FILE_NAME
                continue
            label = corrected.get(path) or parse_name(entry.name)
            if isinstance(label, str):
                rejected.append((path, label))
                continue
            try:
                stat = entry.stat()
            except OSError as error:
                rejected.append((path, f"cannot be read: {error.strerror}"))
                continue
            rows.append((path, label, stat.st_size, stat.st_mtime_ns))
    except FileNotFoundError as error:
        where = printable(str(error.filename or folder))
        raise DataError(
            f"{where}: no such folder; give the folder of the faces with --data"
        ) from None
    except NotADirectoryError:
        raise DataError(f"{shown}: is a file; give the folder that holds the faces") from None
    except ValueError as error:
        raise DataError(f"{shown}: is no name of a folder ({error}); give another") from None
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
        excluded=frozenset(row for row, one in enumerate(rows) if one[0] in curation.excluded),
        curation=curation,
    )


def _walk(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All files below, links to files and links that lead nowhere too; linked folders, which may
    lead back, are not entered."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(folder / below) as entries:
            for entry in entries:
                path = f"{below}/{entry.name}" if below else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith("."):
                        waiting.append(path)
                elif _is_file(entry):
                    yield path, entry


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:  # a link that leads to itself
        return True


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
