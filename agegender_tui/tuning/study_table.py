"""One row of the list of studies: texts, and which columns fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from agegender_tui.run_table import ago, whole_width
from agegender_tui.tuning.listing import Listed
from agegender_tui.tuning.names import data_name, figure, preset_name, study_name
from agegender_tui.tuning.states import study_state


@dataclass(frozen=True)
class Column:
    """`from_width`: the narrowest table that shows it; `most` cells it may take of what is left."""

    key: str
    heading: str
    width: int
    from_width: int
    text: Callable[[Listed, float], str]
    right: bool = False
    most: int = 0


def trials_text(one: Listed) -> str:
    """`5/12`: ended, and asked for."""
    return f"{one.ended}/{one.config.trials}" if one.config else ""


def _best(one: Listed, name: str, form: str) -> str:
    return figure(getattr(one.best, name), form) if one.best else ""


COLUMNS: tuple[Column, ...] = (
    Column("state", "State", 9, 0, lambda one, _: study_state(one)),
    Column("study", "Study", 10, 0, lambda one, _: study_name(one), most=40),
    Column("preset", "Preset", 6, 59, lambda one, _: preset_name(one), most=4),
    Column("data", "Data set", 10, 79, lambda one, _: data_name(one), most=20),
    Column("trials", "Trials", 7, 0, lambda one, _: trials_text(one), right=True, most=4),
    Column("mae", "MAE", 5, 0, lambda one, _: _best(one, "age_mae", ".2f"), right=True),
    Column(
        "acc", "Gender", 6, 0, lambda one, _: _best(one, "gender_accuracy", ".1%"), right=True
    ),
    Column(
        "age",
        "Asked",
        6,
        67,
        lambda one, now: ago(now - one.asked) if one.asked else "",
        right=True,
    ),
)  # fmt: skip
_TURN = ("preset", "trials", "study", "data")  # who is given first of what is left


def columns_for(width: int) -> tuple[Column, ...]:
    """The columns that a table of `width` cells has room for; names take what is left."""
    shown = {one.key: one for one in COLUMNS if one.from_width <= width}
    spare = max(0, width - whole_width(one.width for one in shown.values()))
    for key in filter(shown.__contains__, _TURN):
        more = min(spare, shown[key].most)
        shown[key] = replace(shown[key], width=shown[key].width + more)
        spare -= more
    return tuple(shown.values())
