"""The four learning curves of a run as one picture, `curves.png`."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from trainer.runs.atomic import write_atomic

CHARTS = (
    ("gender_loss", "Gender loss (binary cross-entropy)"),
    ("gender_accuracy", "Gender accuracy"),
    ("age_loss", "Age loss (mean absolute error)"),
    ("age_mae", "Age MAE (years)"),
)
# Okabe and Ito's palette: told apart by the colour-blind, and in grey.
TRAINING, VALIDATION, BEST = (0, 114, 178), (213, 94, 0), (120, 120, 120)
INK, GRID, PAPER = (40, 40, 40), (225, 225, 225), (255, 255, 255)
WIDTH, HEIGHT, SCALE = 1400, 1000, 2


def draw_curves(path: Path, history: Sequence[dict[str, Any]], title: str) -> None:
    """Write a PNG of 1400×1000 pixels.

    `history` has a row an epoch: `epoch`, and the dicts `train` and `validation` of metrics by
    name (see trainer.runs.events). Values that are not finite leave a gap.
    """
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((30 * SCALE, 14 * SCALE), title, INK, _font(20))
    best = max((row["epoch"] for row in history if row["best"]), default=0)
    epochs = [row["epoch"] for row in history]
    for place, (metric, name) in enumerate(CHARTS):
        left = (place % 2) * WIDTH // 2
        top = 50 + (place // 2) * (HEIGHT - 50) // 2
        series = {part: [row[part][metric] for row in history] for part in ("train", "validation")}
        _draw_chart(draw, (left, top), name, epochs, series, best)
    image = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    write_atomic(path, content.getvalue())


def _draw_chart(
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    name: str,
    epochs: list[int],
    series: dict[str, list[float]],
    best: int,
) -> None:
    x0, y0 = corner[0] + 70, corner[1] + 40
    x1, y1 = corner[0] + WIDTH // 2 - 25, corner[1] + (HEIGHT - 50) // 2 - 40
    finite = [v for values in series.values() for v in values if math.isfinite(v)]
    ticks = nice_ticks(min(finite, default=0.0), max(finite, default=1.0))
    low, high = ticks[0], ticks[-1]
    first, last = epochs[0], max(epochs[-1], epochs[0] + 1)

    def at(epoch: float, value: float) -> tuple[float, float]:
        x = x0 + (epoch - first) / (last - first) * (x1 - x0)
        y = y1 - (value - low) / (high - low) * (y1 - y0)
        return x * SCALE, y * SCALE

    draw.text((x0 * SCALE, (corner[1] + 8) * SCALE), name, INK, _font(17))
    for tick in ticks:
        draw.line([at(first, tick), at(last, tick)], GRID, SCALE)
        x, y = at(first, tick)
        draw.text((x - 8 * SCALE, y), f"{tick:.4g}", INK, _font(13), anchor="rm")
    for tick in nice_ticks(first, last):
        if first <= tick <= last and tick == int(tick):
            x, y = at(tick, low)
            draw.text((x, y + 8 * SCALE), f"{tick:.0f}", INK, _font(13), anchor="mt")
    draw.text((x1 * SCALE, (y1 + 22) * SCALE), "epoch", INK, _font(13), anchor="rt")
    draw.line([at(first, high), at(first, low), at(last, low)], INK, SCALE)
    if best:
        _dashed(draw, at(best, high), at(best, low))
        draw.text(at(best, high), f" best {best}", BEST, _font(13), anchor="lt")
    for number, (part, colour) in enumerate((("train", TRAINING), ("validation", VALIDATION))):
        points = [
            at(e, v) if math.isfinite(v) else None
            for e, v in zip(epochs, series[part], strict=True)
        ]
        for one, two in itertools.pairwise(points):
            if one and two:
                draw.line([one, two], colour, 2 * SCALE)
        if len(points) == 1 and points[0]:
            x, y = points[0]
            draw.ellipse([x - 3 * SCALE, y - 3 * SCALE, x + 3 * SCALE, y + 3 * SCALE], colour)
        label_x = (x1 - 190 + number * 95) * SCALE
        label_y = (corner[1] + 18) * SCALE
        draw.line([(label_x, label_y), (label_x + 18 * SCALE, label_y)], colour, 3 * SCALE)
        text = "training" if part == "train" else "validation"
        draw.text((label_x + 23 * SCALE, label_y), text, INK, _font(13), anchor="lm")


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


def _dashed(
    draw: ImageDraw.ImageDraw, top: tuple[float, float], bottom: tuple[float, float]
) -> None:
    y = top[1]
    while y < bottom[1]:
        draw.line([(top[0], y), (top[0], min(y + 5 * SCALE, bottom[1]))], BEST, SCALE)
        y += 10 * SCALE


def _font(size: int) -> Any:
    return ImageFont.load_default(size * SCALE)
