"""How studies, trials and their values are called on screen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from agegender_tui.tuning.listing import Listed
from trainer.presets import preset_or_model
from trainer.runs.layout import short_name
from trainer.text import printable
from trainer.tuning.space import value_text

# What a study looks for, in a word or two, and what that is, in a few.
LOOKS_FOR = {
    "both": ("both errors", "as shares of what always guessing has"),
    "age_mae": ("age", "its mean absolute error, years"),
    "gender_accuracy": ("gender", "the share told right"),
}


def study_name(one: Listed) -> str:
    """The label where there is one, after the last four letters of the id; else the id in short."""
    label = one.config.label if one.config else ""
    return f"{one.id[-4:]} {printable(label)}" if label else short_name(one.id)


def preset_name(one: Listed) -> str:
    base = one.config.base if one.config else None
    return printable(preset_or_model(base.preset, base.model)) if base else ""


def data_name(one: Listed) -> str:
    """The last part of the data set's folder."""
    return printable(PurePath(one.config.base.data).name) if one.config else ""


def shown_value(value: Any) -> str:
    """A setting's value in a table: as one would type it, numbers in four digits."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return printable(value_text(value))


def shown_values(values: Mapping[str, Any]) -> str:
    """`learning_rate 0.003, dropout 0.2`."""
    return ", ".join(f"{printable(name)} {shown_value(value)}" for name, value in values.items())


def figure(value: float, form: str) -> str:
    """'' for what is no finite number."""
    return format(value, form) if math.isfinite(value) else ""
