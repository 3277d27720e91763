"""Predicted against true age: the faces, or how dense they lie, and the mean of each age band."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np

from trainer.evaluation.bands import spreads
from trainer.evaluation.report.sheet import FAINT, WHITE, Axes, Sheet
from trainer.evaluation.scored import Scored
from trainer.export.chart import BLUE, INK, VERMILION, Colour, nice_ticks

DENSE = 400  # faces: from here on cells are shaded by how many lie in each
_CELLS = 44  # across
_STEP = 20.0  # years
_LIFE = 140.0  # years up to which that step is legible
PALE, DARK = (198, 219, 239), (8, 48, 107)  # of one hue, so that grey paper keeps the order


def draw_scatter(scored: Scored, title: str) -> bytes:
    """A PNG of 1120 by 1120 pixels.

    Faces of exact age are points, or cells where there are many. Ranges of ages are drawn by
    their spread alone, from the first to the last year of the range.
    """
    sheet = Sheet(560, 560)
    known = np.isfinite(scored.ages) & np.isfinite(scored.age_low)
    oldest = max([20.0, *scored.age_high[known].tolist(), *scored.ages[known].tolist()])
    step, top = _step_and_top(oldest)
    axes = Axes(66, 58, 540, 504, (0.0, top), (0.0, top))
    sheet.fitted((66, 12), title, 16)
    axes.draw_levels(sheet, "predicted age, years", step=step)
    axes.draw_places(sheet, "true age, years", step=step)
    exact = known & (scored.age_low == scored.age_high)
    true, said = scored.age_low[exact], np.maximum(scored.ages[exact], 0.0)
    if true.size >= DENSE:
        _draw_cells(sheet, axes, true, said)
    else:
        for x, y in zip(true.tolist(), said.tolist(), strict=True):
            px, py = axes.at(x, y)
            sheet.box((px - 1.6, py - 1.6), (px + 1.6, py + 1.6), BLUE)
    axes.draw_edges(sheet)
    sheet.line([axes.at(0, 0), axes.at(top, top)], INK, 1, (6, 4))
    _draw_spreads(sheet, axes, scored)
    sheet.line([(70, 44), (98, 44)], INK, 1, (6, 4))
    sheet.text((104, 44), "as it should be", 12, FAINT, "lm")
    sheet.marker((214, 44), "circle", VERMILION)
    sheet.text((225, 44), "mean of an age band, four of five faces in the bar", 12, FAINT, "lm")
    return sheet.png()


def _step_and_top(oldest: float) -> tuple[float, float]:
    """Years from one number to the next and at the end of an axis for ages up to `oldest`."""
    if oldest <= _LIFE:
        return _STEP, _STEP * math.ceil(oldest / _STEP)
    numbers = nice_ticks(0.0, oldest)  # one wild answer is enough to come here
    return numbers[1], numbers[-1]


def _draw_spreads(sheet: Sheet, axes: Axes, scored: Scored) -> None:
    found = spreads(scored.age_low, scored.age_high, scored.ages)
    for one in found:
        ends = [axes.at(one.true, one.tenth), axes.at(one.true, one.ninetieth)]
        sheet.line(ends, WHITE, 5)
        sheet.line(ends, VERMILION, 2)
        if one.low != one.high and one.true == (one.low + one.high + 1) / 2:
            sheet.line([axes.at(one.low, one.mean), axes.at(one.high + 1, one.mean)], VERMILION, 1)
    for one in found:
        sheet.marker(axes.at(one.true, one.mean), "circle", VERMILION, ringed=True)


def _draw_cells(sheet: Sheet, axes: Axes, true: np.ndarray, said: np.ndarray) -> None:
    """Six-cornered cells, darker the more faces lie in them, by the logarithm."""
    side = (axes.right - axes.left) / _CELLS / math.sqrt(3)
    places = (axes.at(x, y) for x, y in zip(true.tolist(), said.tolist(), strict=True))
    counts = Counter(_cell(x - axes.left, axes.bottom - y, side) for x, y in places)
    most = max(counts.values())
    for (column, row), count in sorted(counts.items()):
        x = axes.left + side * math.sqrt(3) * (column + row / 2)
        sheet.polygon(_corners(x, axes.bottom - side * 1.5 * row, side), shade(count, most))
    _draw_key(sheet, most)


def _cell(x: float, y: float, side: float) -> tuple[int, int]:
    """The cell of a place, as axial coordinates of a grid of hexagons with a corner on top."""
    column, row = (x * math.sqrt(3) - y) / 3 / side, 2 * y / 3 / side
    third = -column - row
    rounded = [round(column), round(row), round(third)]
    away = [abs(a - b) for a, b in zip(rounded, (column, row, third), strict=True)]
    if away[0] > away[1] and away[0] > away[2]:
        rounded[0] = -rounded[1] - rounded[2]
    elif away[1] > away[2]:
        rounded[1] = -rounded[0] - rounded[2]
    return rounded[0], rounded[1]


def _corners(x: float, y: float, side: float) -> list[tuple[float, float]]:
    angles = (math.radians(30 + 60 * n) for n in range(6))
    return [(x + side * math.cos(a), y + side * math.sin(a)) for a in angles]


def shade(count: float, most: float) -> Colour:
    """A blue for a cell with `count` faces where the fullest has `most`, by the logarithm."""
    part = math.log(count) / math.log(most) if most > 1 else 1.0
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(PALE, DARK, strict=True))
    return red, green, blue


def _draw_key(sheet: Sheet, most: int) -> None:
    levels = [*_levels(most)]
    for place, count in enumerate(levels):
        x = 82 + 34 * place
        sheet.polygon(_corners(x, 78, 7), shade(count, most))
        sheet.text((x, 90), str(count), 11, FAINT, "mt")
    sheet.text((82 + 34 * len(levels) - 12, 78), "faces in a cell", 11, FAINT, "lm")


def _levels(most: int) -> Iterable[int]:
    step = 1
    while step < most:
        yield step
        step *= 4
    yield most
