"""The learning curves of several models on common axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trainer.evaluation.report.sheet import DRAWN, FAINT, Sheet
from trainer.export.chart import Colour, Curve, Frame, UprightMark, draw_chart, legible
from trainer.export.curves import CHARTS
from trainer.export.overlay import STYLES
from trainer.runs.events import EpochEvent

_WIDTH, _HIGH, _LINE = 1100, 330, 20


def draw_learning(models: Sequence[tuple[str, Sequence[EpochEvent]]], title: str) -> bytes:
    """A PNG of 2200 pixels across of up to six models, each with its name and epochs.

    Thick and dark is validation, thin and pale training. The best epoch, whose weights are the
    model, is marked. Values that are not finite leave a gap.
    """
    head = 48 + _LINE * len(models)
    sheet = Sheet(_WIDTH, head + 2 * _HIGH + 10)
    sheet.fitted((30, 12), title, 16)
    sheet.text((_WIDTH - 25, 16), "thick: validation; thin and pale: training", 13, FAINT, "ra")
    for number, (name, _) in enumerate(models):
        colour, dashes = STYLES[number]
        y = 44 + _LINE * number + 6
        sheet.line([(30, y), (80, y)], colour, 3, dashes)
        sheet.fitted((92, y), name, 13, "lm")
    last = max((one.epoch for _, history in models for one in history), default=1)
    for place, (metric, name) in enumerate(CHARTS):
        curves, marks = [], []
        for (colour, dashes), (_, history) in zip(STYLES, models, strict=False):
            epochs = [one.epoch for one in history]
            for part, shade, width in (("train", _pale(colour), 1), ("validation", colour, 2)):
                ys = [getattr(one, part).get(metric, math.nan) for one in history]
                curves.append(Curve(epochs, ys, shade, dashes, width))
            best = next((one.epoch for one in reversed(history) if one.best), None)
            if best is not None:
                marks.append(UprightMark(best, legible(f"best {best}"), colour))
        curves.sort(key=lambda curve: curve.width)  # training lies behind all validation
        left, top = (place % 2) * (_WIDTH // 2), head + place // 2 * _HIGH
        frame = Frame(left, top, _WIDTH // 2, _HIGH, name, "epoch")
        draw_chart(sheet.pen, frame, (1.0, max(last, 2)), curves, marks, scale=DRAWN)
    return sheet.png()


def _pale(colour: Colour) -> Colour:
    red, green, blue = ((part + 255) // 2 for part in colour)
    return red, green, blue
