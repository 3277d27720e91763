"""The fields that the runs list filters by."""

from __future__ import annotations

import math
from pathlib import PurePath

from agegender_tui import filter_language
from agegender_tui.filter_language import Language, Number, Text
from trainer.runs.registry import RunSummary

Filter = filter_language.Filter[RunSummary]


def _fold(value: object) -> float:
    """NaN for what is no number: the list shows a run whose settings nobody has checked."""
    return float(value) if isinstance(value, int) else math.nan


LANGUAGE: Language[RunSummary] = Language(
    {
        "run": Text(lambda one: one.id),
        "state": Text(lambda one: one.state),
        "model": Text(lambda one: str(one.settings.get("model", ""))),
        "preset": Text(lambda one: str(one.settings.get("preset", ""))),
        "data": Text(lambda one: PurePath(str(one.settings.get("data", ""))).name),
        "label": Text(lambda one: one.label),
        "group": Text(lambda one: str(one.settings.get("group", ""))),
        "fold": Number(lambda one: _fold(one.settings.get("fold", 0))),
        "device": Text(lambda one: one.status.device),
        "mae": Number(lambda one: one.status.best.get("age_mae", math.nan)),
        "acc": Number(lambda one: one.status.best.get("gender_accuracy", math.nan), share=True),
        "loss": Number(lambda one: one.status.best.get("loss", math.nan)),
        "epoch": Number(lambda one: float(one.status.epoch)),
        "epochs": Number(lambda one: float(one.status.epochs)),
    },
    bare=("run", "label", "data", "state"),
)
FIELDS = tuple(LANGUAGE.fields)
parse = LANGUAGE.parse
