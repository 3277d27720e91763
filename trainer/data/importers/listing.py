"""A first look at a folder: enough names to tell how it is laid out, however large it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trainer.data.labels import AnyLabel, is_image

MOST_PICTURES = 500
MOST_ENTRIES = 20_000
MOST_FROM_ONE = 100


@dataclass(frozen=True)
class Listing:
    """`pictures` and `others` have paths below `folder`, some of each folder met."""

    folder: Path
    pictures: tuple[str, ...]
    others: tuple[str, ...]

    def share(self, label: Callable[[str], AnyLabel | str]) -> float:
        """How many of the pictures have names that `label` understands, 0 to 1."""
        understood = sum(not isinstance(label(path), str) for path in self.pictures)
        return understood / len(self.pictures) if self.pictures else 0.0


def look(folder: Path) -> Listing:
    """List some of the folder, breadth first, so that tables on top are seen. OSError for the
    folder itself only; what cannot be read below it is passed over."""
    pictures: list[str] = []
    others: list[str] = []
    waiting, seen = [""], 0
    while waiting and seen < MOST_ENTRIES and len(pictures) < MOST_PICTURES:
        below = waiting.pop(0)
        here = 0
        try:
            with os.scandir(folder / below) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MOST_ENTRIES:
                        break
                    path = f"{below}/{entry.name}" if below else entry.name
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    elif not is_image(entry.name):
                        others.append(path)
                    elif here < MOST_FROM_ONE:
                        here += 1
                        pictures.append(path)
        except OSError:
            if not below:
                raise
    return Listing(folder, tuple(pictures), tuple(others))
