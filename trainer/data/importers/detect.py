"""Which layout a folder has, from a look at some of its names."""

from __future__ import annotations

from pathlib import Path

from trainer.data.importers import LAYOUTS, layout
from trainer.data.importers.listing import look

SURE_ENOUGH = 0.5  # of the pictures' names


def detect(folder: Path) -> str | None:
    """The layout the folder most looks like, None if like none. Raises OSError where it cannot be
    read."""
    listing = look(folder)
    scores = {name: layout(name).looks_like(listing) for name in LAYOUTS}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= SURE_ENOUGH else None
