"""Adience: tab-separated `fold_0_data.txt` to `fold_4_data.txt` with user_id, original_image,
face_id, age, gender. Its ages are ranges, `(25, 32)`, or now and then one number. Pictures lie in
`aligned/` (preferred) or `faces/`; the frontal folds, which are parts of the others, count where
only they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from trainer.data.importers.listing import Listing
from trainer.data.importers.tables import (
    Cells,
    Pictures,
    find_tables,
    labelled,
    need_tables,
    row_label,
)
from trainer.data.labels import AnyLabel

COLUMNS = ("user_id", "original_image", "face_id", "age", "gender")


def rows(
    folder: Path, files: frozenset[str], mapping: Mapping[str, str]
) -> Iterator[tuple[str, AnyLabel | str]]:
    pictures = Pictures(files)
    tables = find_tables(folder, r"fold_[0-9]_data\.txt") or need_tables(
        folder, r"fold_frontal_[0-9]_data\.txt", "fold_0_data.txt"
    )
    for table in tables:
        yield from labelled(folder, table, COLUMNS, pictures, _names, _label)


def _names(row: Cells) -> list[str]:
    user = row["user_id"].strip()
    rest = f"{row['face_id'].strip()}.{row['original_image'].strip()}"
    aligned = f"{user}/landmark_aligned_face.{rest}"
    tilted = f"{user}/coarse_tilt_aligned_face.{rest}"
    return [f"aligned/{aligned}", f"faces/{tilted}", aligned, tilted]


def _label(row: Cells) -> AnyLabel | str:
    return row_label(row["age"], row["gender"])


def looks_like(listing: Listing) -> float:
    names = (path.rpartition("/")[2] for path in listing.others)
    return float(any(name.startswith("fold_") and name.endswith("_data.txt") for name in names))
