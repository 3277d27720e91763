"""Curation of a data set: faces left out and labels put right, in a small text file beside it.

Images are never changed. `agegender-curation.toml` lies in the folder of the faces or, where that
cannot be written, in the user's own data folder under a name made of the folder's path. Where both
are there, the one beside the faces counts, and the other is told of.

    version = 1
    excluded = [
        "26_1_2_20170116174525125.jpg",
    ]
    [corrected]
    "61_1_20170109142408075.jpg" = { age = 16, gender = 1 }
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trainer.data.alone import alone
from trainer.data.labels import MAX_AGE, Label
from trainer.errors import DataError, StorageError
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.text import printable

FILE_NAME = "agegender-curation.toml"
VERSION = 1
_ELSEWHERE = "copy the faces to a folder of your own"


@dataclass(frozen=True)
class Curation:
    """What was decided about the faces of one folder, by paths relative to it. `overlooked` is the
    file in the user's own folder that is there as well and does not count, None without one."""

    file: Path
    excluded: frozenset[str] = frozenset()
    corrected: Mapping[str, Label] = field(default_factory=dict)
    overlooked: Path | None = None

    @property
    def overlooked_words(self) -> str:
        """That no run reads the `overlooked` file, and why; '' if there is none."""
        if self.overlooked is None:
            return ""
        own, beside = printable(str(self.overlooked)), printable(str(self.file))
        return (
            f"{own} is not read, as {beside} is there: have what it says put into that one, then "
            "delete it"
        )

    def exclude(self, names: frozenset[str]) -> Curation:
        """With these faces left out."""
        return replace(self, excluded=self.excluded | names)

    def restore(self, names: frozenset[str]) -> Curation:
        """With these faces in again."""
        return replace(self, excluded=self.excluded - names)

    def correct(self, name: str, label: Label | None) -> Curation:
        """With this face's label put right; None goes back to what its name says."""
        rest = {known: kept for known, kept in self.corrected.items() if known != name}
        return replace(self, corrected=rest if label is None else {**rest, name: label})


def curation_file(folder: Path) -> Path:
    """Where the curation of `folder` lies: the file that is there, else the one to be made."""
    beside = folder / FILE_NAME
    own = _own_file(folder)
    if beside.is_file():
        return beside
    if own.is_file() or not os.access(folder, os.W_OK):
        return own
    return beside


def _own_file(folder: Path) -> Path:
    import platformdirs

    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(platformdirs.user_data_dir("agegender-tui")) / "curation" / f"{digest}.toml"


def read_curation(folder: Path) -> Curation:
    """The curation of `folder`, empty if there is none.

    Raises DataError, naming the file, if it cannot be understood: a run must not use faces that
    were left out.
    """
    file, own = curation_file(folder), _own_file(folder)
    # `isfile`, because Path raises where the user's own folder is closed.
    overlooked = own if file != own and os.path.isfile(own) else None  # noqa: PTH113
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Curation(file, overlooked=overlooked)
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(file, str(error)) from None
    import tomllib

    try:
        body = tomllib.loads(text)
        if body.get("version") != VERSION:
            raise ValueError(f"version {body.get('version')!r} is not {VERSION}")
        excluded = body.get("excluded", [])
        corrected = body.get("corrected", {})
        if not isinstance(excluded, list) or not all(isinstance(name, str) for name in excluded):
            raise ValueError("'excluded' is no list of names")
        if not isinstance(corrected, dict):
            raise ValueError("'corrected' is no table of labels")
        labels = {name: _label(name, entry) for name, entry in corrected.items()}
    except ValueError as error:
        raise _unusable(file, str(error)) from None
    return Curation(file, frozenset(excluded), labels, overlooked)


def _unusable(file: Path, why: str) -> DataError:
    return DataError(
        f"{printable(str(file))}: cannot be read ({printable(why)}); mend or delete it"
    )


def _label(name: str, entry: Any) -> Label:
    if isinstance(entry, dict):
        age: Any
        gender: Any
        age, gender, race = entry.get("age"), entry.get("gender"), entry.get("race")
        known_race = race is None or (type(race) is int and 0 <= race <= 4)
        # `type`, because isinstance takes true and false for whole numbers too.
        whole = type(age) is int and type(gender) is int
        if whole and known_race and 0 <= age <= MAX_AGE and gender in (0, 1):
            return Label(age, gender, race)
    raise ValueError(
        f"the label of '{name}' is not like {{ age = 26, gender = 1 }}, "
        f"with an age of 0 to {MAX_AGE} and a gender of 0 or 1"
    )


def save_curation(curation: Curation, folder: Path) -> Curation:
    """Write the file; returns the curation with the place where it now lies.

    Where the folder of the faces refuses it, the user's own data folder takes it, unless the
    folder has such a file: that one is what a run reads. Raises StorageError if it cannot be
    written, DataError for a name that is not UTF-8.
    """
    text = _as_toml(curation)
    try:
        return _write(curation, text)
    except StorageError:
        own = _own_file(folder)
        if curation.file == own or curation.file.is_file():
            raise
        return _write(replace(curation, file=own), text)


def _write(curation: Curation, text: str) -> Curation:
    with storage_errors(curation.file.parent, _ELSEWHERE):
        curation.file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(curation.file, text, elsewhere=_ELSEWHERE)
    return curation


def _as_toml(curation: Curation) -> str:
    import tomli_w

    for name in (*curation.excluded, *curation.corrected):
        if any(0xD800 <= ord(char) <= 0xDFFF for char in name):
            raise DataError(f"{printable(name)}: its name is not UTF-8; rename it to curate it")
    body: dict[str, Any] = {"version": VERSION, "excluded": sorted(curation.excluded)}
    text = tomli_w.dumps(body, multiline_strings=False)
    if curation.corrected:
        lines = ["", "[corrected]"]
        for name, label in sorted(curation.corrected.items()):
            quoted = tomli_w.dumps({name: 0}).rpartition("=")[0].strip()
            bare = quoted if quoted.startswith('"') else f'"{quoted}"'
            fields = {k: v for k, v in label._asdict().items() if v is not None}
            inner = ", ".join(f"{key} = {value}" for key, value in fields.items())
            lines.append(f"{bare} = {{ {inner} }}")
        text += "\n".join(lines) + "\n"
    return "# Faces left out of runs and labels put right; the images are never changed.\n" + text


class Curator:
    """Curates one folder, step by step, each on disk before the next, each of them undoable.

    Each step begins from what the file says then: another dashboard or an editor may have changed
    it since the last one. `now` is the curation as it was last read or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = read_curation(folder)
        self._steps: list[tuple[str, Curation, Curation]] = []

    def look(self) -> Curation:
        """Read the file again."""
        with alone(self.folder):
            self.now = read_curation(self.folder)
            return self.now

    def exclude(self, names: list[str]) -> str:
        """Leave these faces out; returns what was done, in words."""
        return self._step(f"excluded {_said(names)}", lambda now: now.exclude(frozenset(names)))

    def restore(self, names: list[str]) -> str:
        """Take these faces in again."""
        return self._step(f"restored {_said(names)}", lambda now: now.restore(frozenset(names)))

    def correct(self, name: str, label: Label | None) -> str:
        """Put a label right; None goes back to the name's."""
        what = "the name's own" if label is None else f"age {label.age}, gender {label.gender}"
        return self._step(
            f"label of {printable(name)}: {what}", lambda now: now.correct(name, label)
        )

    def undo(self) -> str:
        """Take the last step back, but for what was changed again since; '' if there is none."""
        if not self._steps:
            return ""
        what, before, after = self._steps[-1]
        was, became = self._write(lambda now: _taken_back(now, before, after))
        self._steps.pop()
        if was == became:
            return f"not undone, as it was changed again since: {what}"
        return f"undone: {what}"

    def _step(self, what: str, change: Callable[[Curation], Curation]) -> str:
        before, after = self._write(change)
        if before != after:  # another dashboard may have done the same
            self._steps.append((what, before, after))
        return what

    def _write(self, change: Callable[[Curation], Curation]) -> tuple[Curation, Curation]:
        """The curation before and after; nothing is written where they are the same."""
        with alone(self.folder):
            before = read_curation(self.folder)
            after = change(before)
            self.now = before if after == before else save_curation(after, self.folder)
            return before, self.now


def _taken_back(now: Curation, before: Curation, after: Curation) -> Curation:
    """`now` without the step from `before` to `after`."""
    back = now.restore(after.excluded - before.excluded).exclude(before.excluded - after.excluded)
    for name in before.corrected.keys() | after.corrected.keys():
        was, became = before.corrected.get(name), after.corrected.get(name)
        if was != became and now.corrected.get(name) == became:
            back = back.correct(name, was)
    return back


def _said(names: list[str]) -> str:
    return printable(names[0]) if len(names) == 1 else f"{len(names):,} faces"
