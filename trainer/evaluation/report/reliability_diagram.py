"""The reliability diagram: how sure of the gender, how often right, of how many faces."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trainer.evaluation.reliability import Bin
from trainer.evaluation.report.sheet import FAINT, Axes, Sheet
from trainer.export.chart import BLUE, INK, SKY

FEW = 10  # faces of a bin: below this its point is hollow


def draw_reliability(bins: Sequence[Bin], title: str, note: str) -> bytes:
    """A PNG of 1120 by 1120 pixels; `note` is written into the diagram, its error say.

    The bars below have a face count each; the lines through the points are 95 % intervals.
    """
    sheet = Sheet(560, 560)
    sheet.text((66, 12), title, 16)
    lowest = min((one.came_low for one in bins if one.faces), default=0.5)
    ends = (0.46, 1.0)  # a confidence is one half at least
    axes = Axes(66, 44, 540, 396, ends, (math.floor(min(lowest, 0.45) * 10) / 10, 1.0))
    axes.draw_levels(sheet, "share that is right", percent=True)
    axes.draw_edges(sheet)
    sheet.line([axes.at(0.46, 0.46), axes.at(1, 1)], INK, 1, (6, 4))
    sheet.text((80, 56), note, 14)
    filled = [one for one in bins if one.faces]
    sheet.line([axes.at(one.said, one.came) for one in filled], BLUE, 1.5)
    for one in filled:
        sheet.line([axes.at(one.said, one.came_low), axes.at(one.said, one.came_high)], BLUE, 1.5)
    for one in filled:
        sheet.marker(axes.at(one.said, one.came), "circle", BLUE, hollow=one.faces < FEW)
    most = max((one.faces for one in bins), default=0) or 1
    counts = Axes(66, 424, 540, 506, ends, (0.0, most * 1.0))
    for one in bins:
        left, top = counts.at(one.low, one.faces)
        right, bottom = counts.at(one.high, 0)
        sheet.box((left + 2, top), (right - 2, bottom), SKY)
        sheet.text(((left + right) / 2, top - 3), f"{one.faces:,}", 11, FAINT, "mb")
    counts.draw_edges(sheet)
    counts.draw_places(sheet, "how sure the model is of the gender it says", percent=True)
    sheet.upright((22, 465), "faces")
    return sheet.png()


def note_of(value: float, low: float, high: float) -> str:
    """The calibration error with its interval, in words; shares from 0 to 1."""
    if not math.isfinite(value):
        return "calibration error not defined"
    text = f"calibration error {100 * value:.1f} %"
    if math.isfinite(low) and math.isfinite(high):
        text += f" ({100 * low:.1f} to {100 * high:.1f})"
    return text
