"""Pictures by kitty's graphics protocol, held in place by Unicode placeholders.

The picture is sent once under a number; after that it is text: cells of U+10EEEE whose colour is
the number and whose marks are row and column, which scroll, move and vanish like any text. Where
there are 256 colours only, a third mark is the highest byte of the number.
https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from PIL.Image import Image

PLACEHOLDER = "\U0010eeee"
_CHUNK = 4096  # characters of payload that an escape code may carry
# The marks that number rows and columns from 0: combining class 230 in Unicode 6, in order.
_RANGES = (
    (0x305, 0x305), (0x30D, 0x30E), (0x310, 0x310), (0x312, 0x312), (0x33D, 0x33F),
    (0x346, 0x346), (0x34A, 0x34C), (0x350, 0x352), (0x357, 0x357), (0x35B, 0x35B),
    (0x363, 0x36F), (0x483, 0x487), (0x592, 0x595), (0x597, 0x599), (0x59C, 0x5A1),
    (0x5A8, 0x5A9), (0x5AB, 0x5AC), (0x5AF, 0x5AF), (0x5C4, 0x5C4), (0x610, 0x617),
    (0x657, 0x65B), (0x65D, 0x65E), (0x6D6, 0x6DC), (0x6DF, 0x6E2), (0x6E4, 0x6E4),
    (0x6E7, 0x6E8), (0x6EB, 0x6EC), (0x730, 0x730), (0x732, 0x733), (0x735, 0x736),
    (0x73A, 0x73A), (0x73D, 0x73D), (0x73F, 0x741), (0x743, 0x743), (0x745, 0x745),
    (0x747, 0x747), (0x749, 0x74A), (0x7EB, 0x7F1), (0x7F3, 0x7F3), (0x816, 0x819),
    (0x81B, 0x823), (0x825, 0x827), (0x829, 0x82D), (0x951, 0x951), (0x953, 0x954),
)  # fmt: skip
MARKS = "".join(chr(code) for first, last in _RANGES for code in range(first, last + 1))
MOST_CELLS = len(MARKS)  # in a row, and rows
_LEVELS = (0, 95, 135, 175, 215, 255)  # of a channel in the cube of 256 colours
# Places in that cube of the colours that stay themselves: not the greys.
_CUBE = tuple(at for at in range(216) if len({at // 36, at // 6 % 6, at % 6}) > 1)


class Name(NamedTuple):
    """A picture's `number`, and what its placeholders tell the terminal it by."""

    number: int
    colour: Color
    mark: str = ""


def name(serial: int, colours: ColorSystem | None) -> Name:
    """The name of a serial number, at least 0. There are 16,777,215, and 27,720 where there are 256
    colours; then they begin again."""
    if colours is ColorSystem.EIGHT_BIT:
        high, place = divmod(serial % (len(MARKS) * len(_CUBE)), len(_CUBE))
        at = _CUBE[place]
        levels = ColorTriplet(_LEVELS[at // 36], _LEVELS[at // 6 % 6], _LEVELS[at % 6])
        return Name(high << 24 | 16 + at, Color.from_triplet(levels), MARKS[high])
    number = serial % 0xFFFFFF + 1
    return Name(number, Color.from_rgb(number >> 16, number >> 8 & 255, number & 255))


def escapes(picture: Image, number: int, columns: int, rows: int) -> str:
    """What sends `picture` under `number`, to fill `columns`×`rows` cells wherever its
    placeholders stand. The terminal is asked not to answer."""
    payload = base64.b64encode(zlib.compress(picture.tobytes(), 1)).decode("ascii")
    width, height = picture.size
    head = f"a=T,U=1,q=2,f=24,o=z,t=d,i={number},s={width},v={height},c={columns},r={rows},"
    return "".join(_chunks(head, payload))


def _chunks(head: str, payload: str) -> Iterator[str]:
    for first in range(0, len(payload), _CHUNK):
        more = int(first + _CHUNK < len(payload))
        # `q` again: some terminals answer each chunk.
        keys = head if first == 0 else "q=2,"
        yield f"\x1b_G{keys}m={more};{payload[first : first + _CHUNK]}\x1b\\"


def delete(number: int) -> str:
    """What makes the terminal forget a picture."""
    return f"\x1b_Ga=d,d=I,q=2,i={number}\x1b\\"


def strips(named: Name, columns: int, rows: int) -> list[Strip]:
    """The placeholders of the picture of that name."""
    style = Style.from_color(named.colour)
    return [
        Strip(
            [
                Segment(
                    "".join(
                        PLACEHOLDER + MARKS[row] + MARKS[column] + named.mark
                        for column in range(columns)
                    ),
                    style,
                )
            ],
            columns,
        )
        for row in range(rows)
    ]


def in_tmux(escape_codes: str) -> str:
    """The same, wrapped so that tmux hands them on where `allow-passthrough` is on."""
    end = "\x1b\\"
    return "".join(
        f"\x1bPtmux;{(code + end).replace(chr(27), chr(27) * 2)}{end}"
        for code in escape_codes.split(end)
        if code
    )
