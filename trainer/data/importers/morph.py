"""MORPH (album 2, non-commercial): `morph_2008_nonCommercial.csv` with photo, age, gender M or F,
race."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from trainer.data.importers.listing import Listing
from trainer.data.importers.tables import Cells, Pictures, labelled, need_tables, row_label
from trainer.data.labels import AnyLabel

TABLES = r"morph_\w+\.csv"
RACES = {"W": 0, "B": 1, "A": 2, "H": 4, "O": 4}  # to UTKFace's codes


def rows(
    folder: Path, files: frozenset[str], mapping: Mapping[str, str]
) -> Iterator[tuple[str, AnyLabel | str]]:
    pictures = Pictures(files)
    for table in need_tables(folder, TABLES, "morph_2008_nonCommercial.csv"):
        columns = ("photo", "age", "gender", "race")
        yield from labelled(folder, table, columns, pictures, lambda row: (row["photo"],), _label)


def _label(row: Cells) -> AnyLabel | str:
    return row_label(row["age"], row["gender"], RACES.get(row["race"].strip().upper()))


def looks_like(listing: Listing) -> float:
    names = (path.rpartition("/")[2].lower() for path in listing.others)
    return float(any(name.startswith("morph_") and name.endswith(".csv") for name in names))
