"""What the line under the charts calls several runs, so that each is told from the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

LEAST_LABEL = 6  # cells: less of a label tells nothing


@dataclass(frozen=True)
class Name:
    """A run's: `short` is `A-best x7k2`, with the end of its id, `label` what the user calls it or
    ''. Both are printable."""

    short: str
    label: str = ""

    def within(self, most: int) -> str:
        """With at most that many cells of the label; without it where they are too few."""
        label = self.label
        if not label or most < LEAST_LABEL:
            return self.short
        if cell_len(label) > most:
            label = set_cell_size(label, most - 1).rstrip() + "…"
        return f"{label} ({self.short})"


def names_within(names: Sequence[Name], notes: Sequence[str], room: int) -> list[str]:
    """The name of each run with its note behind it, in `room` cells altogether.

    Where that is too little all long labels are cut to one width, then left out, then only the
    ends of the ids are said, and at last no notes.
    """
    most = _label_width(names, room - sum(map(cell_len, notes)))
    ends = [name.short[-4:] for name in names]
    ways = [
        ([name.within(most) for name in names], notes),
        (ends, notes),
        ([name.short for name in names], [""] * len(names)),
    ]
    for some, noted in ways:
        words = [name + note for name, note in zip(some, noted, strict=True)]
        if sum(map(cell_len, words)) <= room:
            return words
    return ends


def _label_width(names: Sequence[Name], room: int) -> int:
    """The most cells of each label with which the names fit; 0 if they fit without labels only."""
    labels = [cell_len(name.label) for name in names]
    rest = room - sum(cell_len(name.short) + len(" ()") * bool(name.label) for name in names)
    longest = max(LEAST_LABEL, min(room, max(labels)))
    widths = range(longest, LEAST_LABEL - 1, -1)
    return next((most for most in widths if sum(min(n, most) for n in labels) <= rest), 0)
