"""One chart of a picture: axes, lines told apart by colour and dashes, and marks."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import ImageDraw, ImageFont

from trainer.text import printable

Colour = tuple[int, int, int]
Dashes = tuple[int, ...]

# Okabe and Ito's palette: told apart by the colour-blind, and in grey.
BLUE, VERMILION, PURPLE = (0, 114, 178), (213, 94, 0), (204, 121, 167)
GREEN, SKY, BLACK = (0, 158, 115), (86, 180, 233), (0, 0, 0)
MARKED = (120, 120, 120)
INK, GRID = (40, 40, 40), (225, 225, 225)
SCALE = 2  # everything is drawn twice as large and shrunk, so that lines are smooth
SOLID: Dashes = ()


@dataclass(frozen=True)
class Curve:
    """One polyline; a point that is not finite leaves a gap. `dashes` are lengths in pixels, drawn
    and left out in turn, empty for a solid line."""

    xs: Sequence[float]
    ys: Sequence[float]
    colour: Colour
    dashes: Dashes = SOLID
    width: int = 2


@dataclass(frozen=True)
class UprightMark:
    """A dashed line from top to bottom, with words at its head."""

    x: float
    words: str
    colour: Colour = MARKED


@dataclass(frozen=True)
class Frame:
    """Where a chart lies, in pixels of the finished picture, and what is written around it."""

    left: int
    top: int
    width: int
    height: int
    title: str
    along: str


def whole(values: Sequence[float]) -> list[str]:
    """The texts of whole numbers."""
    return [f"{value:.0f}" for value in values]


def draw_chart(
    draw: ImageDraw.ImageDraw,
    frame: Frame,
    bounds: tuple[float, float],
    curves: Sequence[Curve],
    marks: Sequence[UprightMark] = (),
    texts: Callable[[Sequence[float]], list[str]] = whole,
    scale: int = SCALE,
) -> None:
    """Draw it; `bounds` are the ends of the horizontal axis, whose ticks `texts` puts in words.

    `scale` is how many pixels of the drawing a pixel of `frame` has.
    """
    x0, y0 = frame.left + 70, frame.top + 40
    x1, y1 = frame.left + frame.width - 25, frame.top + frame.height - 40
    finite = [y for curve in curves for y in curve.ys if math.isfinite(y)]
    levels = nice_ticks(min(finite, default=0.0), max(finite, default=1.0))
    low, high = levels[0], levels[-1]
    first, last = bounds

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            (x0 + (x - first) / (last - first) * (x1 - x0)) * scale,
            (y1 - (y - low) / (high - low) * (y1 - y0)) * scale,
        )

    draw.text((x0 * scale, (frame.top + 8) * scale), frame.title, INK, font(17, scale))
    for tick in levels:
        draw.line([at(first, tick), at(last, tick)], GRID, scale)
        x, y = at(first, tick)
        draw.text((x - 8 * scale, y), f"{tick:.4g}", INK, font(13, scale), anchor="rm")
    places = [tick for tick in nice_ticks(first, last) if first <= tick <= last]
    if texts is whole:
        places = [tick for tick in places if tick == int(tick)]
    for tick, words in zip(places, texts(places), strict=True):
        x, y = at(tick, low)
        draw.text((x, y + 8 * scale), words, INK, font(13, scale), anchor="mt")
    draw.text((x1 * scale, (y1 + 22) * scale), frame.along, INK, font(13, scale), anchor="rt")
    draw.line([at(first, high), at(first, low), at(last, low)], INK, scale)
    for place, mark in enumerate(marks):
        top, bottom = at(mark.x, high), at(mark.x, low)
        dashed(draw, [top, bottom], (5, 5), mark.colour, 1, scale)
        beside = "rt" if top[0] > (x0 + 0.85 * (x1 - x0)) * scale else "lt"
        at_head = (top[0], top[1] + 15 * place * scale)
        draw.text(at_head, f" {mark.words} ", mark.colour, font(13, scale), beside)
    for curve in curves:
        _draw_curve(draw, curve, at, scale)


def _draw_curve(
    draw: ImageDraw.ImageDraw,
    curve: Curve,
    at: Callable[[float, float], tuple[float, float]],
    scale: int,
) -> None:
    piece: list[tuple[float, float]] = []
    for x, y in [*zip(curve.xs, curve.ys, strict=True), (math.nan, math.nan)]:
        if math.isfinite(y):
            piece.append(at(x, y))
            continue
        if len(piece) == 1:
            px, py = piece[0]
            size = 3 * scale
            draw.ellipse([px - size, py - size, px + size, py + size], curve.colour)
        dashed(draw, piece, curve.dashes, curve.colour, curve.width, scale)
        piece = []


def dashed(
    draw: ImageDraw.ImageDraw,
    points: Sequence[tuple[float, float]],
    dashes: Dashes,
    colour: Colour,
    width: int,
    scale: int = SCALE,
) -> None:
    """A polyline through `points` (already scaled), whose dashes go on around its corners."""
    if not dashes:
        for one, two in itertools.pairwise(points):
            draw.line([one, two], colour, width * scale)
        return
    lengths = itertools.cycle([length * scale for length in dashes])
    left, drawn = float(next(lengths)), True
    for (ax, ay), (bx, by) in itertools.pairwise(points):
        length, done = math.hypot(bx - ax, by - ay), 0.0
        while done < length:
            step = min(left, length - done)
            if drawn:
                ends = [
                    (ax + (bx - ax) * part / length, ay + (by - ay) * part / length)
                    for part in (done, done + step)
                ]
                draw.line(ends, colour, width * scale)
            done, left = done + step, left - step
            if left <= 0:
                left, drawn = float(next(lengths)), not drawn


def nice_ticks(low: float, high: float, count: int = 6) -> list[float]:
    """Round numbers that enclose [low, high], about `count` of them.

    >>> nice_ticks(5.3, 9.8)
    [5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    """
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        spread = max(0.5, 0.01 * abs(low))
        low, high = low - spread, low + spread
    rough = (high - low) / max(count - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((m * power for m in (1, 2, 2.5, 5, 10)), key=lambda s: abs(s - rough))
    start = math.floor(low / step + 1e-9)
    stop = math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(start, stop + 1)]


def font(size: int, scale: int = SCALE) -> Any:
    """Pillow's own font, `size` pixels of the finished picture high."""
    return ImageFont.load_default(size * scale)


def legible(words: str) -> str:
    """`words` in the letters that Pillow's own font has: ASCII and a few more.

    >>> legible("Zoë, 20–29")
    'Zoe, 20-29'
    """
    words = printable(words).translate(_PLAIN)
    letters = unicodedata.normalize("NFKD", words)
    kept = (c for c in letters if not unicodedata.combining(c))
    return "".join(c if c.isascii() or c in "±·°…" else "?" for c in kept)


_PLAIN = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "×": "x", "’": "'", "≤": "<=", "≥": ">=", "ß": "ss"}
)


def fitted(words: str, room: float, size: int, scale: int = SCALE) -> str:
    """`words`, legible, and cut where they are wider than `room` pixels of the finished picture."""
    face, shown = font(size, scale), legible(words)
    words = shown
    while words and face.getlength(shown) > room * scale:
        words = words[:-1]
        shown = words.rstrip() + "..." if words else ""
    return shown
