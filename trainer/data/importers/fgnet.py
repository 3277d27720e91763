"""FG-NET: `[subject]A[age][letter].JPG`, e.g. `001A02a.JPG`. It says nothing of gender."""

from __future__ import annotations

import re

from trainer.data.importers.listing import Listing
from trainer.data.labels import AnyLabel, label_of

_NAME = re.compile(r"[0-9]{3}A([0-9]{2})[a-z]?\.\w+", re.IGNORECASE)


def label(path: str) -> AnyLabel | str:
    found = _NAME.fullmatch(path.rpartition("/")[2])
    if found is None:
        return "the name is not like 001A02a.JPG"
    return label_of((int(found[1]), int(found[1])), None)


def looks_like(listing: Listing) -> float:
    return listing.share(label)
