"""The fields that the runs list filters by."""

from __future__ import annotations

import math
from pathlib import PurePath

from agegender_tui import filter_language
from agegender_tui.filter_language import Field, Language, Number, Text
from agegender_tui.run_states import GLYPHS
from trainer.config import SETTINGS, default_of
from trainer.runs.registry import RunSummary

Filter = filter_language.Filter[RunSummary]
_ANSWERS = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "on": 1.0, "off": 0.0}


def _fold(value: object) -> float:
    """NaN for what is no number: the list shows a run whose settings nobody has checked."""
    return float(value) if isinstance(value, int) else math.nan


def _setting(name: str) -> Field[RunSummary]:
    """The setting of that name: of a run older than it its default; a run that cannot be read has
    none."""
    default = default_of(name)

    def value(one: RunSummary) -> object:
        return one.settings.get(name, default) if one.settings else None

    def number(one: RunSummary) -> float:
        found = value(one)
        return float(found) if isinstance(found, int | float) else math.nan

    if isinstance(default, str):
        return Text(lambda one: str(value(one) or ""))
    return Number(number, words=_ANSWERS if isinstance(default, bool) else {}, exact=True)


LANGUAGE: Language[RunSummary] = Language(
    {
        "run": Text(lambda one: one.id),
        "state": Text(lambda one: one.state, among=tuple(GLYPHS)),
        "model": Text(lambda one: str(one.settings.get("model", ""))),
        "preset": Text(lambda one: str(one.settings.get("preset", ""))),
        "data": Text(lambda one: PurePath(str(one.settings.get("data", ""))).name),
        "label": Text(lambda one: one.label),
        "group": Text(lambda one: str(one.settings.get("group", ""))),
        "study": Text(lambda one: str(one.settings.get("study", ""))),
        "fold": Number(lambda one: _fold(one.settings.get("fold", 0))),
        "device": Text(lambda one: one.status.device),
        "mae": Number(lambda one: one.status.best.get("age_mae", math.nan)),
        "acc": Number(lambda one: one.status.best.get("gender_accuracy", math.nan), share=True),
        "loss": Number(lambda one: one.status.best.get("loss", math.nan)),
        "epoch": Number(lambda one: float(one.status.epoch)),
        "epochs": Number(lambda one: float(one.status.epochs)),
    },
    bare=("run", "label", "data", "state"),
    more={name: _setting(name) for name in SETTINGS},
    more_words=", or a setting that `train --help` names",
)
FIELDS = tuple(LANGUAGE.fields)
parse = LANGUAGE.parse
