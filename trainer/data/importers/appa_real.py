"""APPA-REAL: `gt_avg_train.csv` (and valid, test) with file_name and real_age; the gender is in
`allcategories_train.csv` with file, gender, race. Crops are called `[file_name]_face.jpg`; they
are preferred to the whole pictures. The real age counts, not the one guessed by people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from trainer.data.importers.listing import Listing
from trainer.data.importers.tables import (
    Cells,
    Pictures,
    cells_of,
    find_tables,
    labelled,
    need_tables,
    row_label,
)
from trainer.data.labels import AnyLabel

TABLES = r"gt_avg_(train|valid|test)\.csv"
RACES = {"caucasian": 0, "afroamerican": 1, "asian": 2}  # to UTKFace's codes


def rows(
    folder: Path, files: frozenset[str], mapping: Mapping[str, str]
) -> Iterator[tuple[str, AnyLabel | str]]:
    pictures = Pictures(files)
    for table in need_tables(folder, TABLES, "gt_avg_train.csv"):
        part = table.rpartition("_")[2].removesuffix(".csv")  # train, valid or test
        people = _people(folder, part)

        def names(row: Cells, part: str = part) -> list[str]:
            name = f"{part}/{row['file_name'].strip()}"
            return [f"{name}_face.jpg", name]

        def label(row: Cells, people: Mapping[str, Cells] = people) -> AnyLabel | str:
            person = people.get(row["file_name"].strip(), {})
            race = RACES.get(person.get("race", "").strip().lower())
            return row_label(row["real_age"], person.get("gender"), race)

        yield from labelled(folder, table, ("file_name", "real_age"), pictures, names, label)


def _people(folder: Path, part: str) -> dict[str, Cells]:
    """Gender and race by file; empty where the data set lacks that table."""
    found: dict[str, Cells] = {}
    for table in find_tables(folder, rf"allcategories_{part}\.csv"):
        for cells in cells_of(folder, table, ("file", "gender", "race")):
            found[cells["file"].strip()] = cells
    return found


def looks_like(listing: Listing) -> float:
    return float(any("gt_avg_" in path.lower() for path in listing.others))
