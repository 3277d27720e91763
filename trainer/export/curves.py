"""The four learning curves of a run as one picture, `curves.png`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from trainer.export.chart import (
    BLUE,
    INK,
    SCALE,
    VERMILION,
    Curve,
    Frame,
    UprightMark,
    draw_chart,
    font,
)
from trainer.runs.atomic import ANOTHER_PLACE, ANOTHER_ROOT, write_atomic

CHARTS = (
    ("gender_loss", "Gender loss (binary cross-entropy)"),
    ("gender_accuracy", "Gender accuracy"),
    ("age_loss", "Age loss (as trained, years)"),
    ("age_mae", "Age MAE (years)"),
)
TRAINING, VALIDATION = BLUE, VERMILION
PAPER = (255, 255, 255)
WIDTH, HEIGHT, HEAD = 1400, 1000, 50


def draw_curves(
    path: Path, history: Sequence[dict[str, Any]], title: str, elsewhere: str = ANOTHER_ROOT
) -> None:
    """Write a PNG of 1400×1000 pixels.

    `history` has a row an epoch: `epoch`, and the dicts `train` and `validation` of metrics by
    name (see trainer.runs.events). Values that are not finite leave a gap.
    """
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((30 * SCALE, 14 * SCALE), title, INK, font(20))
    best = max((row["epoch"] for row in history if row["best"]), default=0)
    epochs = [row["epoch"] for row in history]
    bounds = (epochs[0], max(epochs[-1], epochs[0] + 1))
    marks = [UprightMark(best, f"best {best}")] if best else []
    width, height = WIDTH // 2, (HEIGHT - HEAD) // 2
    for place, (metric, name) in enumerate(CHARTS):
        left, top = (place % 2) * width, HEAD + (place // 2) * height
        curves = [
            Curve(epochs, [row[part][metric] for row in history], colour)
            for part, colour in (("train", TRAINING), ("validation", VALIDATION))
        ]
        draw_chart(draw, Frame(left, top, width, height, name, "epoch"), bounds, curves, marks)
        for number, (words, colour) in enumerate(
            (("training", TRAINING), ("validation", VALIDATION))
        ):
            x, y = (left + width - 215 + number * 95) * SCALE, (top + 18) * SCALE
            draw.line([(x, y), (x + 18 * SCALE, y)], colour, 3 * SCALE)
            draw.text((x + 23 * SCALE, y), words, INK, font(13), anchor="lm")
    write_png(path, image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), elsewhere)


def write_png(path: Path, image: Image.Image, elsewhere: str = ANOTHER_PLACE) -> None:
    """Write a picture whole or not at all; `elsewhere` as in `storage_errors`."""
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    write_atomic(path, content.getvalue(), elsewhere=elsewhere)
