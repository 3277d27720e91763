"""White paper to draw a picture on, and axes on it; places and sizes in units of which a finished
PNG has two pixels each, so that it is sharp in print."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from trainer.export.chart import (
    GRID,
    INK,
    SOLID,
    Colour,
    Dashes,
    dashed,
    fitted,
    font,
    legible,
    nice_ticks,
)

SHARP = 2  # pixels a unit in the PNG
DRAWN = 2 * SHARP  # while drawing, so that lines are smooth
DPI = 300
WHITE: Colour = (255, 255, 255)
FAINT: Colour = (110, 110, 110)
MARKERS = ("circle", "square", "triangle", "diamond", "cross", "wedge")

Point = tuple[float, float]


class Sheet:
    """A sheet `width` by `height` units."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGB", (width * DRAWN, height * DRAWN), WHITE)
        self.pen = ImageDraw.Draw(self._image)

    def line(
        self, points: Sequence[Point], colour: Colour, width: float = 1, dashes: Dashes = SOLID
    ) -> None:
        """A polyline, nothing for fewer than two points; `dashes` in units, drawn and left out in
        turn."""
        if len(points) < 2:
            return
        scaled = [_scaled(point) for point in points]
        if dashes:
            dashed(self.pen, scaled, dashes, colour, max(round(width), 1), DRAWN)
        else:
            self.pen.line(scaled, colour, round(width * DRAWN), joint="curve")

    def box(self, one: Point, other: Point, fill: Colour, outline: Colour | None = None) -> None:
        """A rectangle between two corners."""
        (x0, y0), (x1, y1) = _scaled(one), _scaled(other)
        ends = [min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)]
        self.pen.rectangle(ends, fill, outline, DRAWN if outline else 0)

    def polygon(self, corners: Sequence[Point], fill: Colour) -> None:
        """A filled shape."""
        self.pen.polygon([_scaled(corner) for corner in corners], fill)

    def marker(
        self, at: Point, kind: str, colour: Colour, *, hollow: bool = False, ringed: bool = False
    ) -> None:
        """One of MARKERS; ringed in white it stands out of a dark ground."""
        if ringed:
            self._shape(at, kind, 6.0, WHITE)
        self._shape(at, kind, 4.5, colour)
        if hollow:
            self._shape(at, kind, 2.7, WHITE)

    def _shape(self, at: Point, kind: str, size: float, fill: Colour) -> None:
        x, y = at
        if kind == "circle":
            (x0, y0), (x1, y1) = _scaled((x - size, y - size)), _scaled((x + size, y + size))
            self.pen.ellipse([x0, y0, x1, y1], fill)
        elif kind == "square":
            side = 0.9 * size
            self.box((x - side, y - side), (x + side, y + side), fill)
        elif kind == "cross":
            thick, long = 0.45 * size, 1.1 * size
            self.box((x - thick, y - long), (x + thick, y + long), fill)
            self.box((x - long, y - thick), (x + long, y + thick), fill)
        else:
            turns = {"triangle": (3, -90), "diamond": (4, -90), "wedge": (3, 90)}
            count, start = turns[kind]
            angles = [math.radians(start + 360 * n / count) for n in range(count)]
            reach = 1.25 * size
            self.polygon([(x + reach * math.cos(a), y + reach * math.sin(a)) for a in angles], fill)

    def text(
        self, at: Point, words: str, size: int = 13, colour: Colour = INK, anchor: str = "la"
    ) -> None:
        """One line of words; `anchor` as Pillow has it."""
        self.pen.text(_scaled(at), legible(words), colour, font(size, DRAWN), anchor)

    def fitted(self, at: Point, words: str, size: int = 13, anchor: str = "la") -> None:
        """One line of words that are cut where they would leave the sheet."""
        self.text(at, fitted(words, self.width - 12 - at[0], size, DRAWN), size, INK, anchor)

    def upright(self, at: Point, words: str, size: int = 13, colour: Colour = INK) -> None:
        """Words that run upwards, their middle at `at`."""
        letters, face = legible(words), font(size, DRAWN)
        left, top, right, bottom = (round(end) for end in face.getbbox(letters))
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top), 0)
        ImageDraw.Draw(mask).text((-left, -top), letters, 255, face)
        turned = mask.transpose(Image.Transpose.ROTATE_90)
        x, y = _scaled(at)
        place = (round(x - turned.width / 2), round(y - turned.height / 2))
        self._image.paste(colour, place, turned)

    def paste(self, picture: Image.Image, at: Point, side: float) -> None:
        """A picture, square or to be made so, with its upper left corner at `at`."""
        x, y = _scaled(at)
        pixels = round(side * DRAWN)
        scaled = picture.resize((pixels, pixels), Image.Resampling.BICUBIC)
        self._image.paste(scaled, (round(x), round(y)))

    def png(self) -> bytes:
        """The finished picture, two pixels a unit, marked as 300 dots an inch."""
        content = io.BytesIO()
        small = self._image.reduce(DRAWN // SHARP)
        # A higher level takes ten times as long for a twentieth less.
        small.save(content, "PNG", compress_level=4, dpi=(DPI, DPI))
        return content.getvalue()


def _scaled(point: Point) -> Point:
    return point[0] * DRAWN, point[1] * DRAWN


@dataclass(frozen=True)
class Axes:
    """A rectangle of a sheet, in units, and what its edges stand for."""

    left: float
    top: float
    right: float
    bottom: float
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]

    def at(self, x: float, y: float) -> Point:
        """The place of a value; one beyond the ends is put on them."""
        return (
            _between(x, self.x_ends, self.left, self.right),
            _between(y, self.y_ends, self.bottom, self.top),
        )

    def draw_levels(
        self, sheet: Sheet, words: str, *, percent: bool = False, step: float | None = None
    ) -> None:
        """Lines across at round values, their texts on the left and `words` beside them."""
        for tick in _ticks(self.y_ends, step):
            x, y = self.at(self.x_ends[0], tick)
            sheet.line([(x, y), (self.right, y)], GRID)
            sheet.text((x - 7, y), _text(tick, percent), anchor="rm")
        sheet.upright((self.left - 44, (self.top + self.bottom) / 2), words)

    def draw_places(
        self, sheet: Sheet, words: str, *, percent: bool = False, step: float | None = None
    ) -> None:
        """Texts at round values below, and `words` below these."""
        for tick in _ticks(self.x_ends, step):
            x, y = self.at(tick, self.y_ends[0])
            sheet.line([(x, y), (x, y + 4)], INK)
            sheet.text((x, y + 7), _text(tick, percent), anchor="mt")
        self.name_places(sheet, words)

    def name_places(self, sheet: Sheet, words: str, below: float = 27) -> None:
        """Only the words below."""
        sheet.text(((self.left + self.right) / 2, self.bottom + below), words, anchor="mt")

    def draw_edges(self, sheet: Sheet) -> None:
        """The lines on the left and below."""
        corners = [(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)]
        sheet.line(corners, INK)


def _between(value: float, ends: tuple[float, float], first: float, last: float) -> float:
    low, high = ends
    share = (value - low) / (high - low)
    return first + min(max(share, 0.0), 1.0) * (last - first)


def _ticks(ends: tuple[float, float], step: float | None) -> list[float]:
    low, high = ends
    if step:
        return [low + step * n for n in range(int((high - low) / step + 1e-9) + 1)]
    inside = 1e-9 * (high - low)
    return [tick for tick in nice_ticks(low, high) if low - inside <= tick <= high + inside]


def _text(value: float, percent: bool) -> str:
    return f"{100 * value:g} %" if percent else f"{value:g}"


def ends_of(values: Sequence[float], *, at_zero: bool = False) -> tuple[float, float]:
    """Round ends that enclose all `values` that are finite, and zero where asked for."""
    finite = [value for value in values if math.isfinite(value)] + [0.0] * at_zero
    ticks = nice_ticks(min(finite, default=0.0), max(finite, default=1.0))
    return ticks[0], ticks[-1]
