"""Bars of counts out of block characters."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

_UP = " ▁▂▃▄▅▆▇█"
_ACROSS = " ▏▎▍▌▋▊▉█"
_STEPS = 8


def upright(counts: Sequence[int], most: int, height: int, style: str) -> list[Content]:
    """Bars that stand on the last line; `most` fills the height, and the least shows."""
    eighths = [_eighths(count, most, height) for count in counts]
    lines = []
    for level in reversed(range(height)):
        cells = "".join(_UP[min(max(n - level * _STEPS, 0), _STEPS)] for n in eighths)
        lines.append(Content.styled(cells, style))
    return lines


def hanging(counts: Sequence[int], most: int, height: int, style: str) -> list[Content]:
    """Bars that hang from the first line. Blocks only grow upwards, so the lower part of the last
    cell is the block, in the colours turned around."""
    eighths = [_eighths(count, most, height) for count in counts]
    lines = []
    for level in range(height):
        line: list[Content] = []
        for n in eighths:
            filled = min(max(n - level * _STEPS, 0), _STEPS)
            if filled in (0, _STEPS):
                line.append(Content.styled(_UP[filled], style))
            else:
                line.append(Content.styled(_UP[_STEPS - filled], f"{style} reverse"))
        lines.append(Content("").join(line))
    return lines


def across(count: int, most: int, width: int) -> str:
    """One bar to the right, padded to `width`."""
    eighths = _eighths(count, most, width)
    whole, rest = divmod(eighths, _STEPS)
    return ("█" * whole + (_ACROSS[rest] if rest else "")).ljust(width)


def _eighths(count: int, most: int, length: int) -> int:
    if count <= 0 or most <= 0:
        return 0
    return max(1, round(count / most * length * _STEPS))


def widened(counts: Sequence[int], by: int) -> list[int]:
    """Each count `by` columns wide."""
    return [count for count in counts for _ in range(by)]
