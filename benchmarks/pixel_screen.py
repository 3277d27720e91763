"""What a terminal with pixel graphics would show of a program's output, as a picture: text by pyte,
and over it sixels, or kitty's pictures where their placeholders stand."""

from __future__ import annotations

import base64
import re
import zlib
from codecs import getincrementaldecoder

import numpy as np
import pyte
from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len

CELL = (10, 20)  # pixels, as the dashboard takes it to be where the terminal does not tell
_GRAPHICS = re.compile(r"\x1bP[^\x1b]*\x1b\\|\x1b_G[^\x1b]*\x1b\\")
_BEGUN = re.compile(r"\x1b(?:[P_][^\x1b]*\x1b?)?$")  # the beginning of one that is not whole yet
_TOKEN = re.compile(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)")
_PLACEHOLDER = "\U0010eeee"
_TEXT, _GROUND = (224, 224, 224), (18, 18, 18)
_FONT, _FONT_SIZE = "DejaVuSansMono.ttf", 16


def painted(codes: str) -> np.ndarray:
    """The pixels (height, width, 3) that a sixel code paints; -1 where it paints nothing."""
    found = re.fullmatch(r'\x1bP0;1;q"1;1;(\d+);(\d+)(.*)\x1b\\', codes, re.DOTALL)
    if not found:
        raise ValueError("no sixels")
    width, height = int(found[1]), int(found[2])
    shown = np.full((-(-height // 6) * 6, width, 3), -1.0)
    palette: dict[str, tuple[float, ...]] = {}
    across = top = 0
    colour = ""
    for token in _TOKEN.finditer(found[3]):
        if token[1]:
            palette[token[1]] = tuple(int(part) * 2.55 for part in token.groups()[1:4])
        elif token[5]:
            colour = token[5]
        elif token[9]:
            across = 0
        elif token[10]:
            across, top = 0, top + 6
        else:
            bits, many = ord(token[7] or token[8]) - 63, int(token[6] or 1)
            for bit in range(6):
                if bits >> bit & 1:
                    shown[top + bit, across : across + many] = palette[colour]
            across += many
    return shown[:height]


class PixelScreen(pyte.Screen):
    """`pixels` (rows × 20, columns × 10, 3) lie over the text; -1 where there are none."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self.pixels = np.full((rows * CELL[1], columns * CELL[0], 3), -1.0)
        self._stream, self._waiting = pyte.Stream(self), ""
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._pictures: dict[int, np.ndarray] = {}
        self._sending, self._payload = "", ""

    def feed(self, output: bytes) -> None:
        """Take in a piece of output, which may end anywhere."""
        self._take(self._waiting + self._decoder.decode(output))

    def _take(self, output: str) -> None:
        begun = _BEGUN.search(output)
        self._waiting = output[begun.start() :] if begun else ""
        output = output[: begun.start()] if begun else output
        done = 0
        for code in _GRAPHICS.finditer(output):
            self._stream.feed(output[done : code.start()])
            done = code.end()
            if code[0].startswith("\x1bP"):
                self._paint(painted(code[0]))
            else:
                self._receive(code[0])
        self._stream.feed(output[done:])

    def draw(self, data: str) -> None:
        """Text takes the place of pixels."""
        y, x = self.cursor.y, self.cursor.x
        super().draw(data)
        self._under(y, x, cell_len(data))[:] = -1

    def _under(self, y: int, x: int, columns: int) -> np.ndarray:
        wide, high = CELL
        return self.pixels[y * high : (y + 1) * high, x * wide : (x + columns) * wide]

    def _paint(self, shown: np.ndarray) -> None:
        top, left = self.cursor.y * CELL[1], self.cursor.x * CELL[0]
        place = self.pixels[top : top + len(shown), left : left + shown.shape[1]]
        shown = shown[: place.shape[0], : place.shape[1]]
        place[:] = np.where(shown < 0, place, shown)

    def _receive(self, code: str) -> None:
        keys, _, payload = code[3:-2].partition(";")
        if "a=d" in keys:
            return
        self._sending = self._sending or keys
        self._payload += payload
        if "m=0" in keys:
            known = dict(key.split("=") for key in self._sending.split(",") if "=" in key)
            raw = zlib.decompress(base64.b64decode(self._payload))
            size = int(known["v"]), int(known["s"])
            picture = Image.fromarray(np.frombuffer(raw, "uint8").reshape(*size, 3))
            cells = int(known["c"]) * CELL[0], int(known["r"]) * CELL[1]
            self._pictures[int(known["i"])] = np.asarray(picture.resize(cells))
            self._sending = self._payload = ""

    def picture(self) -> Image.Image:
        """All that is on the screen."""
        from agegender_tui.pictures.kitty import MARKS

        wide, high = CELL
        image = Image.new("RGB", (self.columns * wide, self.lines * high), _GROUND)
        pen, font = ImageDraw.Draw(image), _font()
        for y in range(self.lines):
            for x in range(self.columns):
                cell = self.buffer[y][x]
                ink, ground = _colour(cell.fg, _TEXT), _colour(cell.bg, _GROUND)
                if cell.reverse:
                    ink, ground = ground, ink
                at = (x * wide, y * high)
                pen.rectangle((*at, at[0] + wide - 1, at[1] + high - 1), fill=ground)
                if cell.data.startswith(_PLACEHOLDER):
                    number = (ink[0] << 16) + (ink[1] << 8) + ink[2]
                    row, column = (MARKS.index(mark) for mark in cell.data[1:3])
                    part = self._pictures[number][
                        row * high : (row + 1) * high, column * wide : (column + 1) * wide
                    ]
                    image.paste(Image.fromarray(part), at)
                elif cell.data.strip():
                    pen.text((at[0], at[1] + 1), cell.data, fill=ink, font=font)
        shown = np.asarray(image)
        return Image.fromarray(np.where(self.pixels < 0, shown, self.pixels).astype("uint8"))


def _colour(name: str, default: tuple[int, int, int]) -> tuple[int, int, int]:
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return int(name[:2], 16), int(name[2:4], 16), int(name[4:], 16)
    return default


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(_FONT, _FONT_SIZE)
    except OSError:
        return ImageFont.load_default(_FONT_SIZE)
