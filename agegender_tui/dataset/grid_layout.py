"""How many faces fit on a screen, and where each lies."""

from __future__ import annotations

from dataclasses import dataclass

# Width of a thumbnail in cells; half as high, so that faces are square.
STEPS = (8, 10, 12, 16, 20, 24, 32, 40, 56)
USUAL_STEP = 3
WORDS_WIDTH = 38  # of an entry without a picture
GAP = 1
_LEAST = 4


@dataclass(frozen=True)
class GridLayout:
    """A page of `across`×`down` entries, each a picture of `columns`×`rows` cells over `captions`
    lines of words; without pictures `rows` is 0."""

    columns: int
    rows: int
    across: int
    down: int
    captions: int = 1

    @property
    def page(self) -> int:
        """Entries of a page."""
        return self.across * self.down

    @property
    def pitch(self) -> tuple[int, int]:
        """Cells from one entry to the next, to the right and down."""
        return self.columns + GAP, self.rows + self.captions

    def place(self, number: int) -> tuple[int, int]:
        """Left and top of an entry of the page, counted from 0."""
        right, down = self.pitch
        return number % self.across * right, number // self.across * down

    def at(self, x: int, y: int) -> int | None:
        """The entry of the page at a cell; None in a gap or beyond the last column."""
        right, down = self.pitch
        column, row = x // right, y // down
        if column >= self.across or row >= self.down or x % right >= self.columns:
            return None
        return row * self.across + column


def lay_out(width: int, height: int, step: int, pictures: bool, captions: int = 1) -> GridLayout:
    """The layout of a grid of `width`×`height` cells; at least one entry, if only part of it
    fits. Thumbnails are as wide as the step says, and wider as far as no more of them would fit
    otherwise."""
    if not pictures:
        return _with(min(WORDS_WIDTH, max(_LEAST, width)), 0, width, height, 1)
    most = max(_LEAST, min(width, (height - captions) * 2))
    columns = min(STEPS[step], most)
    layout = _with(columns, columns // 2, width, height, captions)
    while columns + 2 <= most:
        columns += 2
        wider = _with(columns, columns // 2, width, height, captions)
        if wider.page < layout.page:
            break
        layout = wider
    return layout


def _with(columns: int, rows: int, width: int, height: int, captions: int) -> GridLayout:
    across = max(1, (width + GAP) // (columns + GAP))
    return GridLayout(columns, rows, across, max(1, height // (rows + captions)), captions)
