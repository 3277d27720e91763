"""UTKFace: `[age]_[gender]_[race]_[date].jpg`, 0 male, 1 female. See `trainer.data.labels`."""

from __future__ import annotations

from trainer.data.importers.listing import Listing
from trainer.data.labels import Label, parse_name


def label(path: str) -> Label | str:
    return parse_name(path.rpartition("/")[2])


def looks_like(listing: Listing) -> float:
    return listing.share(label)
