"""AFAD: the folders are the labels, `[age]/111/` for males, `[age]/112/` for females."""

from __future__ import annotations

import re

from trainer.data.importers.listing import Listing
from trainer.data.labels import AnyLabel, label_of

_PATH = re.compile(r"(?:.*/)?([0-9]{1,3})/(111|112)/[^/]+", re.DOTALL)


def label(path: str) -> AnyLabel | str:
    found = _PATH.fullmatch(path)
    if found is None:
        return "it does not lie in a folder like 15/111 or 15/112"
    age = int(found[1])
    return label_of((age, age), int(found[2] == "112"))


def looks_like(listing: Listing) -> float:
    return listing.share(label)
