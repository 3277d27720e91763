"""Tables of text, broken into blocks where not all columns fit side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.content import Content

GAP = 2


@dataclass(frozen=True)
class TextColumn:
    """A heading and a cell for each row."""

    heading: str
    cells: Sequence[str]

    @property
    def width(self) -> int:
        return max(cell_len(self.heading), *(cell_len(cell) for cell in self.cells), 1)


def table(
    heading: str, names: Sequence[str], columns: Sequence[TextColumn], width: int
) -> list[Content]:
    """Lines of at most `width` cells: the name of each row, then its cells, to the right; again
    with the names for the columns that did not fit."""
    first = min(max((cell_len(name) for name in (heading, *names)), default=1), max(8, width // 2))
    lines: list[Content] = []
    for block in _blocks(columns, max(1, width - first)):
        if lines:
            lines.append(Content(""))
        words = "".join(_right(one.heading, one.width) for one in block)
        lines.append(Content.styled(fit(heading, first) + words, "bold"))
        lines += [
            Content.assemble(
                (fit(name, first), "$text-muted"),
                "".join(_right(one.cells[row], one.width) for one in block),
            )
            for row, name in enumerate(names)
        ]
    return lines


def _blocks(columns: Sequence[TextColumn], room: int) -> Iterator[list[TextColumn]]:
    block: list[TextColumn] = []
    used = 0
    for one in columns:
        if block and used + GAP + one.width > room:
            yield block
            block, used = [], 0
        block.append(one)
        used += GAP + one.width
    if block:
        yield block


def fit(text: str, width: int) -> str:
    """Cut with an ellipsis, or padded, to `width` cells."""
    if cell_len(text) > width:
        text = set_cell_size(text, max(0, width - 1)) + "…"
    return set_cell_size(text, width)


def _right(text: str, width: int) -> str:
    return " " * (GAP + width - cell_len(text)) + text
