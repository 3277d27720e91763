"""AgeDB: `[number]_[name]_[age]_[m or f].jpg`, e.g. `0_MariaCallas_35_f.jpg`."""

from __future__ import annotations

import re

from trainer.data.importers.listing import Listing
from trainer.data.labels import AnyLabel, label_of

_NAME = re.compile(r"[0-9]+_.+_([0-9]{1,3})_([mf])\.\w+", re.IGNORECASE | re.DOTALL)


def label(path: str) -> AnyLabel | str:
    found = _NAME.fullmatch(path.rpartition("/")[2])
    if found is None:
        return "the name is not like 0_MariaCallas_35_f.jpg"
    age = int(found[1])
    return label_of((age, age), int(found[2] in "fF"))


def looks_like(listing: Listing) -> float:
    return listing.share(label)
