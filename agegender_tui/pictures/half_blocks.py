"""A picture as coloured half blocks: two pixels a character cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from PIL.Image import Image

_BLOCK = "▀"
# Six bits a channel: no eye tells the rest, and neighbouring cells then share their colours.
_KEPT_BITS = 0xFC


def strips(picture: Image, columns: int, rows: int) -> list[Strip]:
    """`rows` strips of `columns` cells; the picture is stretched to fill them."""
    from PIL.Image import Resampling

    small = picture.resize((columns, rows * 2), Resampling.BOX, reducing_gap=2.0)
    pixels = bytes(value & _KEPT_BITS for value in small.tobytes())
    width = columns * 3
    made = []
    for row in range(rows):
        upper = pixels[2 * row * width : (2 * row + 1) * width]
        lower = pixels[(2 * row + 1) * width : (2 * row + 2) * width]
        made.append(Strip(_cells(upper, lower), columns))
    return made


def _cells(upper: bytes, lower: bytes) -> list[Segment]:
    """One segment for each run of equal cells."""
    found: list[Segment] = []
    before, many = (upper[:3], lower[:3]), 0
    for at in range(0, len(upper), 3):
        cell = (upper[at : at + 3], lower[at : at + 3])
        if cell != before:
            found.append(Segment(_BLOCK * many, _style(*before)))
            before, many = cell, 0
        many += 1
    found.append(Segment(_BLOCK * many, _style(*before)))
    return found


def _style(upper: bytes, lower: bytes) -> Style:
    return Style.from_color(_colour(upper), _colour(lower))


def _colour(rgb: bytes) -> Color:
    # Not `from_triplet`: it spends most of the time of a picture on naming its colours.
    return Color("", ColorType.TRUECOLOR, None, ColorTriplet(*rgb))
