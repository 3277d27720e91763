"""Exclude, restore, correct, undo: written beside the data set first, then seen on the screen."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Sequence

from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.opening import row_of, with_curation
from trainer.data.exclusions import Curation
from trainer.data.index import Index
from trainer.data.labels import MAX_AGE, Label
from trainer.data.statistics import GENDERS
from trainer.errors import ConfigError, DataError
from trainer.text import printable

NO_RACE = "-"
_DIGITS = 9  # of an age, leading zeros and all; Python refuses to read thousands
_WORDS = {"0": 0, "1": 1, "m": 0, "f": 1, GENDERS[0]: 0, GENDERS[1]: 1}


def parse_label(text: str, race_before: int | None = None) -> Label | None:
    """`26 female`, `26 1` or `26 1 2`: age, gender and race, that of before where none is given and
    no race for `-`. Nothing means the label of the name. Raises ConfigError with what is wrong and
    what would be right."""
    parts = re.split(r"[\s,_]+", text.strip().lower())
    if parts == [""]:
        return None
    like = "write it like 26 female, or 26 1 2 with the race code"
    if len(parts) not in (2, 3):
        raise ConfigError(f"'{text}' is not age, gender and maybe race: {like}")
    age, gender, *race = parts
    if not age.isdecimal() or len(age) > _DIGITS or int(age) > MAX_AGE:
        raise ConfigError(f"'{age}' is no age of 0 to {MAX_AGE}: {like}")
    if gender not in _WORDS:
        raise ConfigError(f"'{gender}' is neither {' nor '.join(GENDERS)}: {like}")
    if not race:
        return Label(int(age), _WORDS[gender], race_before)
    if race[0] not in ("0", "1", "2", "3", "4", NO_RACE):
        raise ConfigError(f"'{race[0]}' is no race code of 0 to 4, nor {NO_RACE} for none: {like}")
    return Label(int(age), _WORDS[gender], None if race[0] == NO_RACE else int(race[0]))


def label_text(label: Label | None) -> str:
    """As `parse_label` reads it."""
    if label is None:
        return ""
    race = "" if label.race is None else f" {label.race}"
    return f"{label.age} {GENDERS[label.gender]}{race}"


def check_pictured(faces: FaceSet, row: int) -> None:
    """Raise DataError where the row is no picture: a label for it, or its exclusion, would be kept
    and never do anything."""
    if faces.pictured(row):
        return
    name = faces.name(row)
    what, remedy = "a row of a table without a picture", "mend the table"
    if name.endswith("/"):
        what, remedy = "a folder that cannot be read", "check its permissions"
    raise DataError(f"{printable(name)}: is {what}, so there is nothing to curate; {remedy}")


def still_there(faces: FaceSet, rows: Sequence[int]) -> list[int]:
    """The rows whose file is where it was: what is decided of another would never do anything.
    Raises DataError if there is none."""
    there = [row for row in rows if os.path.lexists(faces.folder / faces.name(row))]
    if not there:
        raise no_longer_there(faces, faces.name(rows[0]))
    return there


def no_longer_there(faces: FaceSet, name: str) -> DataError:
    """For a face that was deleted, moved or renamed since the names were read."""
    where = printable(str(faces.folder))
    return DataError(f"{printable(name)}: is no longer in {where}; it may have been moved")


def curated(faces: FaceSet, curation: Curation, read: Callable[[], Index]) -> FaceSet:
    """The data set under that curation, which is on disk already.

    Exclusions change in milliseconds. After a correction the index is `read` anew, as a picture
    may have got its label, or lost it.
    """
    index = faces.index
    if index.curation is not None and index.curation.corrected == curation.corrected:
        return dataclasses.replace(faces, index=_with_exclusions(faces, curation))
    return with_curation(faces, read())


def _with_exclusions(faces: FaceSet, curation: Curation) -> Index:
    rows = (row_of(faces, name) for name in curation.excluded)
    known = frozenset(row for row in rows if row is not None and row < faces.labelled)
    return dataclasses.replace(faces.index, excluded=known, curation=curation)
