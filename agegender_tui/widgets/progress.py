"""How far a run is: its phase while it prepares, then steps, epochs, speed and what is left."""

from __future__ import annotations

import math

from textual.content import Content
from textual.widgets import Static

from agegender_tui.run_view import Progress, RunView
from trainer.text import duration

EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(share: float, width: int) -> Content:
    """A bar of `width` cells, filled to `share` in eighths of a cell."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8) if math.isfinite(share) else 0
    full, part = divmod(eighths, 8)
    filled = "█" * full + (EIGHTHS[part] if part else "")
    return Content.assemble(
        (filled, "$primary on $surface-lighten-2"),
        (" " * (width - len(filled)), "on $surface-lighten-2"),
    )


def lines(view: RunView, width: int, rows: int) -> Content:
    """The progress in 1 or 2 rows of `width` cells."""
    now = view.progress()
    if view.preparing:
        return _preparing(now, width)
    size = max(min(width // 5, 40), 8)
    worked = now.worked / now.epochs if now.epochs else 0.0
    epoch = Content.assemble(bar(worked, size), f" epoch {now.epoch}/{now.epochs}")
    if not view.active:
        return epoch
    step = Content.assemble(
        bar(now.step / now.steps if now.steps else 0.0, size), f" step {now.step}/{now.steps}"
    )
    if now.phase != "training" and view.shown == "training":
        step += Content(f" {now.phase}")
    speed = Content(f"  {now.images_per_second:,.0f} images/s" if now.images_per_second else "")
    if view.shown == "paused":
        left_epoch = left_run = Content("")
    else:
        left_epoch = Content(_left(now.epoch_left))
        left_run = Content(_left(now.run_left))
        if left_run and rows > 1:
            left_run += Content(" at most: early stopping may end it sooner")
        elif left_run:
            left_run = Content(f", ≤{duration(now.run_left)} left")
    if rows > 1:
        return Content("\n").join((step + left_epoch + speed, epoch + left_run))
    if width < 100:
        size = 8
        step = Content.assemble(
            bar(now.step / now.steps if now.steps else 0.0, size), f" {now.step}/{now.steps}"
        )
        epoch = Content.assemble(bar(worked, size), f" epoch {now.epoch}/{now.epochs}")
    return epoch + left_run + Content("  ") + step + speed


def _preparing(now: Progress, width: int) -> Content:
    if not now.of:
        return Content(f"{now.phase}…")
    if now.phase.startswith("waiting"):
        return Content(f"{now.phase}: {now.of} before this one")
    return Content.assemble(
        bar(now.done / now.of, max(min(width // 3, 40), 8)),
        f" {now.phase}… {now.done:,}/{now.of:,}",
    )


def _left(seconds: float) -> str:
    return f", {duration(seconds)} left" if math.isfinite(seconds) else ""


class RunProgress(Static):
    """The progress lines; as many as its height."""

    def __init__(self) -> None:
        super().__init__(id="progress", markup=False)

    def show(self, view: RunView) -> None:
        self.update(lines(view, self.size.width or 80, max(self.size.height, 1)))
