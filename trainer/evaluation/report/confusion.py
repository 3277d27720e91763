"""How often each gender was taken for which, as counts and as shares of the faces of a label."""

from __future__ import annotations

from trainer.evaluation.reliability import wilson
from trainer.evaluation.report.sheet import FAINT, WHITE, Sheet
from trainer.export.chart import INK, Colour

NAMES = ("0 (male)", "1 (female)")
_LEFT, _TOP, _WIDE, _HIGH = 120, 84, 200, 150
_PALE, _DARK = (239, 243, 249), (8, 72, 135)

Counts = tuple[tuple[int, int], tuple[int, int]]


def draw_confusion(counts: Counts, title: str) -> bytes:
    """A PNG of 1120 by 800 pixels; `counts[label][said]`, labels 0 and 1."""
    sheet = Sheet(560, 400)
    sheet.text((_LEFT, 12), title, 16)
    sheet.text((_LEFT + _WIDE, 42), "the model says", anchor="mt")
    sheet.upright((26, _TOP + _HIGH), "the data set says")
    for label, row in enumerate(counts):
        y = _TOP + _HIGH * label
        sheet.text((_LEFT - 10, y + _HIGH / 2 - 8), NAMES[label], anchor="rm")
        faces = f"{sum(row):,} faces"
        sheet.text((_LEFT - 10, y + _HIGH / 2 + 10), faces, 12, FAINT, "rm")
        sheet.text((_LEFT + _WIDE * (label + 0.5), _TOP - 8), NAMES[label], anchor="mb")
        for said, count in enumerate(row):
            _draw_cell(sheet, _LEFT + _WIDE * said, y, count, sum(row), right=said == label)
    return sheet.png()


def _draw_cell(sheet: Sheet, x: float, y: float, count: int, of: int, *, right: bool) -> None:
    share = count / of if of else 0.0
    fill = _mixed(share)
    sheet.box((x, y), (x + _WIDE, y + _HIGH), fill, WHITE)
    ink: Colour = WHITE if share > 0.5 else INK
    middle = x + _WIDE / 2
    sheet.text((middle, y + 46), f"{count:,}", 28, ink, "mm")
    if of:
        low, high = wilson(count, of)
        sheet.text((middle, y + 82), f"{share:.1%}".replace("%", " %"), 16, ink, "mm")
        sheet.text((middle, y + 104), f"{100 * low:.1f} to {100 * high:.1f} %", 12, ink, "mm")
    sheet.text((middle, y + 130), "right" if right else "wrong", 12, ink, "mm")


def _mixed(share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(_PALE, _DARK, strict=True))
    return red, green, blue
