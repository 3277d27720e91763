"""A table of one's own: any CSV whose columns are mapped to picture, age and gender.

    table    the CSV file, below the folder; may be left out where there is one only
    file     column of the picture's name or path
    age      column of the age: a number, or a range like 20-29
    gender   column of the gender
    race     column of UTKFace's race code, 0 to 4
    male     what the gender column says for a man, e.g. 1; several with commas
    female   what it says for a woman
    folder   folder the names are in, below the data set's
    ending   what to add to a name, e.g. .jpg

Without a mapping the usual headings are looked for. A name is looked for beside the table, in the
folder of the data set, and in the folders below it; where several of these have such a picture,
`folder` must say which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from trainer.data.importers.listing import Listing
from trainer.data.importers.tables import (
    Cells,
    Pictures,
    find_tables,
    headings_of,
    labelled,
    row_label,
)
from trainer.data.labels import AnyLabel
from trainer.errors import DataError
from trainer.text import printable

KEYS = ("table", "file", "age", "gender", "race", "male", "female", "folder", "ending")
USUAL = {
    "file": ("file", "filename", "file_name", "image", "img", "path", "image_path", "photo"),
    "age": ("age", "real_age", "age_years", "years"),
    "gender": ("gender", "sex"),
    "race": ("race", "ethnicity"),
}
SURE = 0.9  # of a table with the usual headings: less than of a layout known by its file names


def rows(
    folder: Path, files: frozenset[str], mapping: Mapping[str, str]
) -> Iterator[tuple[str, AnyLabel | str]]:
    mapping = completed(folder, mapping)
    table = mapping["table"]
    columns = {key: mapping[key] for key in USUAL if key in mapping}
    under = mapping.get("folder", "").strip("/")
    words = (mapping.get("male", ""), mapping.get("female", ""))

    def names(row: Cells) -> list[str]:
        name = row[columns["file"]].strip() + mapping.get("ending", "")
        return [f"{under}/{name}" if under else name]

    def label(row: Cells) -> AnyLabel | str:
        age = row[columns["age"]] if "age" in columns else ""
        gender = row[columns["gender"]] if "gender" in columns else None
        race = row[columns["race"]].strip() if "race" in columns else ""
        code = int(race) if race in ("0", "1", "2", "3", "4") else None
        return row_label(age, gender, code, *words)

    pictures = Pictures(files, told_apart=True)
    yield from labelled(folder, table, tuple(columns.values()), pictures, names, label)


def completed(folder: Path, mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping with the table and the usual headings filled in where it says nothing.

    Raises DataError where no table, or more than one, may be meant, or no column holds the
    pictures or the ages.
    """
    whole = dict(mapping)
    shown = printable(str(folder))
    if "table" not in whole:
        tables = find_tables(folder, r".+\.(csv|tsv)")
        if len(tables) != 1:
            there = ", ".join(printable(name) for name in tables[:6])
            raise DataError(
                f"{shown}: has several tables ({there}); say which with table=…"
                if tables
                else f"{shown}: has no .csv; put the table of labels there, or say table=…"
            )
        whole["table"] = tables[0]
    if not _inside(whole["table"]):
        raise DataError(
            f"{printable(whole['table'])}: is not below {shown}; put the table beside the pictures"
        )
    try:
        headings = headings_of(folder, whole["table"])
    except OSError as error:
        where = printable(str(folder / whole["table"]))
        raise DataError(f"{where}: cannot be read ({error.strerror}); name the table") from None
    known = {name.lower(): name for name in headings}
    for key, usual in USUAL.items():
        if key not in whole and (name := next((n for n in usual if n in known), "")):
            whole[key] = known[name]
    missing = [key for key in ("file", "age") if key not in whole]
    if missing:
        there = ", ".join(printable(name) for name in headings[:12]) or "none"
        example = printable(headings[0]) if headings else "picture"
        raise DataError(
            f"{printable(str(folder / whole['table']))}: has no column known to hold "
            f"{' or '.join(missing)} (it has: {there}); map it, e.g. {missing[0]}={example}"
        )
    return whole


def _inside(table: str) -> bool:
    return not table.startswith("/") and ".." not in table.split("/")


def looks_like(listing: Listing) -> float:
    if not any(path.lower().endswith((".csv", ".tsv")) for path in listing.others):
        return 0.0
    try:
        completed(listing.folder, {})
    except (DataError, OSError):
        return 0.0
    return SURE
