"""IMDB-WIKI: `imdb.mat` or `wiki.mat` beside folders of cropped faces.

The age is not in it: it is the time from `dob`, a day counted as MATLAB does, to the middle of the
year `photo_taken`, as the makers of the set reckon (Rothe, Timofte and Van Gool, "Deep expectation
of real and apparent age from a single image without facial landmarks", IJCV 2018). Its gender is 1
for men and 0 for women, the opposite of UTKFace's. Pictures in which its detector found no face
(`face_score` -inf) or a second one are left out: whose age would it be?
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from trainer.data.importers.listing import Listing
from trainer.data.importers.matlab import read_struct
from trainer.data.importers.tables import Pictures, need_tables, no_picture
from trainer.data.labels import AnyLabel, label_of

TABLES = r"(imdb|wiki)\.mat"
_MATLAB_DAY_0 = 366  # MATLAB counts from the year 0, Python from the year 1


def rows(
    folder: Path, files: frozenset[str], mapping: Mapping[str, str]
) -> Iterator[tuple[str, AnyLabel | str]]:
    pictures = Pictures(files)
    for table in need_tables(folder, TABLES, "imdb.mat or wiki.mat"):
        struct = read_struct(
            folder / table,
            ("dob", "photo_taken", "gender", "face_score", "second_face_score"),
            ("full_path",),
        )
        faces = enumerate(zip(*struct, strict=True), start=1)
        for number, (dob, taken, gender, score, second, written) in faces:
            path = pictures.find(written, table)
            if path is None:
                yield f"{table}, face {number}", no_picture(str(written))
            elif score == -math.inf:
                yield path, "its detector found no face"
            elif not math.isnan(second):
                yield path, "its detector found a second face"
            else:
                yield path, _label(dob, taken, gender)


def _label(dob: float, taken: float, gender: float) -> AnyLabel | str:
    age = age_at(dob, taken)
    known = {1.0: 0, 0.0: 1}.get(gender)
    return label_of(None if age is None else (age, age), known)


def age_at(dob: float, taken: float) -> int | None:
    """Whole years from a day of birth, in MATLAB's count, to the first of July of the year
    `taken`; None where the dates make no sense."""
    try:
        born = datetime.date.fromordinal(int(dob) - _MATLAB_DAY_0)
        middle = datetime.date(int(taken), 7, 1)
    except (ValueError, OverflowError):
        return None
    return middle.year - born.year - ((middle.month, middle.day) < (born.month, born.day))


def looks_like(listing: Listing) -> float:
    names = {path.rpartition("/")[2].lower() for path in listing.others}
    return float(bool(names & {"imdb.mat", "wiki.mat"}))
