"""A picture shrunk to what its widget shows, with a box round each face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

CHOSEN, OTHER, EDGE = (255, 214, 10), (255, 255, 255), (0, 0, 0)
_CORNER = 0.28  # of a side, drawn of the boxes that are not chosen
_LEAST_HEIGHT = 12  # of letters in pixels, below which they are not readable
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Marks:
    """Boxes x, y, width, height in an upright picture of `size`, and which of them is chosen.

    `words` are written beside the boxes where there are pixels enough; their numbers if empty.
    """

    size: tuple[int, int]
    boxes: tuple[Box, ...]
    chosen: int = 0
    words: tuple[str, ...] = ()


def marked(picture: Image, marks: Marks | None) -> Image:
    """A copy of `picture`, which may be of any scale, with its boxes.

    The chosen face has a whole box, the others corners only, so that they differ without colour.
    """
    from PIL import ImageDraw

    copy = picture.copy()
    if marks is None or not all(marks.size):
        return copy
    draw = ImageDraw.Draw(copy)
    scale = (copy.width / marks.size[0], copy.height / marks.size[1])
    line = max(1, round(min(copy.size) / 180))
    order = sorted(range(len(marks.boxes)), key=lambda place: place == marks.chosen)
    for place in order:
        box = _fitted(marks.boxes[place], scale, copy.size)
        colour = CHOSEN if place == marks.chosen else OTHER
        # Dark beside light, to be seen on any ground; a single pixel has no room for both.
        if line > 1:
            _outline(draw, box, EDGE, line + 2, whole=place == marks.chosen)
        _outline(draw, box, colour, line, whole=place == marks.chosen)
        _write(draw, box, marks.words[place] if marks.words else str(place + 1), colour, line)
    return copy


def _fitted(
    box: Box, scale: tuple[float, float], size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in pixels, inside the picture and never turned inside out."""
    x, y, width, height = box
    left = min(max(0, round(x * scale[0])), size[0] - 1)
    top = min(max(0, round(y * scale[1])), size[1] - 1)
    right = min(max(left, round((x + width) * scale[0]) - 1), size[0] - 1)
    bottom = min(max(top, round((y + height) * scale[1]) - 1), size[1] - 1)
    return left, top, right, bottom


def _outline(
    draw: ImageDraw,
    box: Sequence[int],
    colour: tuple[int, int, int],
    width: int,
    *,
    whole: bool,
) -> None:
    left, top, right, bottom = box
    if whole:
        draw.rectangle((left, top, right, bottom), outline=colour, width=width)
        return
    across, down = round((right - left) * _CORNER), round((bottom - top) * _CORNER)
    for x, towards in ((left, across), (right, -across)):
        for y, to in ((top, down), (bottom, -down)):
            draw.line((x, y, x + towards, y), fill=colour, width=width)
            draw.line((x, y, x, y + to), fill=colour, width=width)


def _write(
    draw: ImageDraw, box: Sequence[int], words: str, colour: tuple[int, int, int], line: int
) -> None:
    """Words in the upper left corner of a box, where there are pixels enough to read them."""
    from PIL import ImageFont

    high = round(min(line * 9, (box[3] - box[1]) / 3))
    if high < _LEAST_HEIGHT:
        return
    font = ImageFont.load_default(high)
    place = (box[0] + 2 * line, box[1] + line)
    draw.text(place, words, fill=colour, font=font, stroke_width=line, stroke_fill=EDGE)
