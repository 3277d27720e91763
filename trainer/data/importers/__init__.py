"""The layouts in which sets of labelled faces are published, one module each.

A module reads labels in one of two ways:

    label(path) -> label | why there is none              the names of the files are the labels
    rows(folder, files, mapping) -> (path, label | why)   tables beside the pictures

and says `looks_like(listing)`, how sure it is, 0 to 1, that a folder is laid out its way. Paths
are relative to the folder, with `/`. None of this opens a picture.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trainer.data.importers.listing import Listing
from trainer.data.labels import AnyLabel

UTKFACE = "utkface"

# By name: its module, and what it is for people. In the order in which equals are preferred.
LAYOUTS: dict[str, tuple[str, str]] = {
    UTKFACE: ("utkface", "UTKFace: names like 26_1_2_20170116174525125.jpg"),
    "agedb": ("agedb", "AgeDB: names like 0_MariaCallas_35_f.jpg"),
    "fgnet": ("fgnet", "FG-NET: names like 001A02a.JPG, without gender"),
    "afad": ("afad", "AFAD: folders like 15/111 (male) and 15/112 (female)"),
    "fairface": ("fairface", "FairFace: fairface_label_train.csv, ranges of ages"),
    "appa-real": ("appa_real", "APPA-REAL: gt_avg_train.csv and allcategories_train.csv"),
    "morph": ("morph", "MORPH: morph_2008_nonCommercial.csv"),
    "imdb-wiki": ("imdb_wiki", "IMDB-WIKI: imdb.mat or wiki.mat"),
    "adience": ("adience", "Adience: fold_0_data.txt …, ranges of ages"),
    "csv": ("own_csv", "a CSV table of one's own, with a mapping of its columns"),
}

Named = Callable[[str], AnyLabel | str]
Rows = Callable[[Path, frozenset[str], Mapping[str, str]], Iterator[tuple[str, AnyLabel | str]]]


@dataclass(frozen=True)
class Layout:
    """One way to lay out a data set; either `label` or `rows` is there."""

    name: str
    title: str
    label: Named | None
    rows: Rows | None
    looks_like: Callable[[Listing], float]


def layout(name: str) -> Layout:
    """Import one layout. `name` is a key of LAYOUTS."""
    module_name, title = LAYOUTS[name]
    module = importlib.import_module(f"{__name__}.{module_name}")
    return Layout(
        name,
        title,
        getattr(module, "label", None),
        getattr(module, "rows", None),
        module.looks_like,
    )
