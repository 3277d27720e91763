"""One run as a flat record: what `runs --json` and `status --json` print. Its keys are kept."""

from __future__ import annotations

import math
import time
from typing import Any

from trainer.runs.events import finite
from trainer.runs.registry import RunSummary


def run_record(summary: RunSummary) -> dict[str, Any]:
    """Times are Unix seconds, `best` the validation metrics of the best epoch (null before it).

    Figures that are not finite are null.
    """
    status, settings = summary.status, summary.settings
    body = {
        "run": summary.id,
        "path": str(summary.run.path),
        "state": summary.state,
        "label": summary.label,
        "model": settings.get("model", ""),
        "preset": settings.get("preset", ""),
        "data": settings.get("data", ""),
        "group": settings.get("group", ""),
        "study": settings.get("study", ""),
        "fold": settings.get("fold", 0),
        "folds": settings.get("folds", 0),
        "epoch": status.epoch,
        "epochs": status.epochs,
        "step": status.step,
        "steps": status.steps,
        "best": status.best or None,
        "device": status.device,
        "host": status.host,
        "pid": status.pid,
        "created": status.created,
        "started": status.started,
        "ended": status.ended,
        "heartbeat": status.heartbeat,
        "asked": status.asked,
        "asked_at": status.asked_at,
        "text": summary.problem or status.text,
        "code": status.code,
    }
    clean: dict[str, Any] = finite(body)
    return clean


def figure(best: dict[str, float], name: str, form: str) -> str:
    """A metric of the best epoch as text, '' where there is none."""
    value = best.get(name, math.nan)
    return format(value, form) if math.isfinite(value) else ""


def ago(then: float, now: float | None = None) -> str:
    """How long ago, in words; '' for never."""
    from agegender_tui.watch_line import duration

    return duration(max(0.0, (time.time() if now is None else now) - then)) if then else ""
