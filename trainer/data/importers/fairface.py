"""FairFace: `fairface_label_train.csv` and `_val.csv` with file, age, gender, race, service_test.
Its ages are ranges, `0-2` to `more than 70`. Of two croppings side by side, the first by name
(margin 0.25, the tighter one) is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from trainer.data.importers.listing import Listing
from trainer.data.importers.tables import Cells, Pictures, labelled, need_tables, row_label
from trainer.data.labels import AnyLabel

TABLES = r"fairface_label_\w+\.csv"
# To UTKFace's codes, whose 4 is everyone else, Latin Americans and the Middle East among them.
RACES = {
    "white": 0,
    "black": 1,
    "east asian": 2,
    "southeast asian": 2,
    "indian": 3,
    "latino_hispanic": 4,
    "middle eastern": 4,
}


def rows(
    folder: Path, files: frozenset[str], mapping: Mapping[str, str]
) -> Iterator[tuple[str, AnyLabel | str]]:
    pictures = Pictures(files)
    for table in need_tables(folder, TABLES, "fairface_label_train.csv"):
        columns = ("file", "age", "gender", "race")
        yield from labelled(folder, table, columns, pictures, lambda row: (row["file"],), _label)


def _label(row: Cells) -> AnyLabel | str:
    return row_label(row["age"], row["gender"], RACES.get(row["race"].strip().lower()))


def looks_like(listing: Listing) -> float:
    return float(any("fairface_label_" in path.lower() for path in listing.others))
