"""Several runs laid over one another as one picture: by epoch, by time, and their figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from trainer.export.chart import (
    BLACK,
    BLUE,
    GREEN,
    INK,
    PURPLE,
    SCALE,
    SKY,
    VERMILION,
    Colour,
    Curve,
    Dashes,
    Frame,
    UprightMark,
    dashed,
    draw_chart,
    fitted,
    font,
    legible,
)
from trainer.export.comparison_table import leaders, rows
from trainer.export.curves import CHARTS, PAPER, write_png
from trainer.runs.comparison import Compared, compare
from trainer.runs.course import Course

# A run is told by its dashes as well as by its colour.
STYLES: tuple[tuple[Colour, Dashes], ...] = (
    (VERMILION, ()),
    (BLUE, (9, 4)),
    (PURPLE, (3, 3)),
    (GREEN, (12, 3, 3, 3)),
    (BLACK, (6, 6)),
    (SKY, (15, 5)),
)
WIDTH, CHART_HEIGHT, LINE = 1400, 400, 24
LEFT = 30
FIRST_COLUMN = 250


def draw_overlay(path: Path, runs: Sequence[Compared]) -> None:
    """Write a PNG, 1400 pixels wide, of up to six runs.

    A row a metric, by epoch on the left and by time of work on the right: the validation values of
    each run, its training values thinner and paler, and the table of figures below.
    """
    figures = compare(runs)
    table = rows(figures)
    head = 50 + LINE * len(runs)
    height = head + CHART_HEIGHT * len(CHARTS) + LINE * (len(table) + 3)
    image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((LEFT * SCALE, 14 * SCALE), "Validation, with training thin and pale", INK, font(20))
    for number, one in enumerate(runs):
        y = 50 + LINE * number + LINE // 2
        _sample(draw, LEFT, y, number)
        last = legible(f"   {one.run.id}")
        room = WIDTH - 2 * LEFT - 60 - font(15).getlength(last) / SCALE
        words = fitted(one.name, room, 15) + last
        draw.text(((LEFT + 60) * SCALE, y * SCALE), words, INK, font(15), anchor="lm")
    for place, (metric, name) in enumerate(CHARTS):
        for by_time in (False, True):
            top = head + place * CHART_HEIGHT
            _draw_metric(draw, top, metric, name, [one.course for one in runs], by_time)
    top = head + CHART_HEIGHT * len(CHARTS) + LINE // 2
    width = min((WIDTH - LEFT - FIRST_COLUMN) // max(len(runs), 1), 260)
    for number, one in enumerate(runs):
        x = LEFT + FIRST_COLUMN + number * width
        _sample(draw, x, top + LINE // 2, number)
        name = f"{one.config.model if one.config else ''} {one.run.id[-4:]}"
        draw.text(((x + 60) * SCALE, top * SCALE), name, INK, font(15))
    for line, row in enumerate(table, start=1):
        y = (top + line * LINE) * SCALE
        draw.text((LEFT * SCALE, y), row.heading, INK, font(15))
        ahead = leaders(row, figures)
        for number, figure in enumerate(figures):
            words = legible(row.text(figure)) + "  *" * (number in ahead)
            x = (LEFT + FIRST_COLUMN + number * width) * SCALE
            draw.text((x, y), words, INK, font(15))
    draw.text((LEFT * SCALE, (top + LINE * (len(table) + 1)) * SCALE), NOTE, INK, font(13))
    write_png(path, image.resize((WIDTH, height), Image.Resampling.LANCZOS))


NOTE = (
    "* best of these. The best epoch is the one with the lowest validation loss. Time of work "
    "leaves out waits, pauses and what was lost with a killed worker."
)


def _draw_metric(
    draw: ImageDraw.ImageDraw,
    top: int,
    metric: str,
    name: str,
    courses: Sequence[Course],
    by_time: bool,
) -> None:
    longest = max((one.seconds[-1] for one in courses if one.epochs), default=1.0)
    size, unit = next(((s, u) for most, s, u in UNITS if longest <= most), (3600.0, "hours"))
    curves, marks = [], []
    for (colour, dashes), course in zip(STYLES, courses, strict=False):
        xs = [s / size for s in course.seconds] if by_time else [e.epoch for e in course.epochs]
        for part in ("train", "validation"):
            ys = [getattr(e, part).get(metric, float("nan")) for e in course.epochs]
            thin = part == "train"
            shade = _pale(colour) if thin else colour
            curves.append(Curve(xs, ys, shade, dashes, 1 if thin else 2))
        best = course.best
        if best is not None:
            x = xs[course.epochs.index(best)]
            marks.append(UprightMark(x, f"best {best.epoch}", colour))
    last = max((x for curve in curves for x in curve.xs), default=1.0)
    first = 0.0 if by_time else 1.0
    width = WIDTH // 2
    frame = Frame(
        width * by_time, top, width, CHART_HEIGHT, name, f"{unit} of work" if by_time else "epoch"
    )
    # Training values lie behind all validation values.
    curves.sort(key=lambda curve: curve.width)
    if by_time:
        draw_chart(draw, frame, (first, max(last, 1e-3)), curves, marks, texts=_plain)
    else:
        draw_chart(draw, frame, (first, max(last, first + 1)), curves, marks)


# Up to how many seconds a picture is in that unit.
UNITS = ((120.0, 1.0, "seconds"), (2 * 3600.0, 60.0, "minutes"))


def _plain(values: Sequence[float]) -> list[str]:
    return [f"{value:g}" for value in values]


def _pale(colour: Colour) -> Colour:
    red, green, blue = ((5 * part + 5 * 255) // 10 for part in colour)
    return red, green, blue


def _sample(draw: ImageDraw.ImageDraw, x: int, y: int, number: int) -> None:
    colour, dashes = STYLES[number % len(STYLES)]
    ends = [(x * SCALE, y * SCALE), ((x + 50) * SCALE, y * SCALE)]
    dashed(draw, ends, dashes, colour, 3)
