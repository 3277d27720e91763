"""One row of the runs table out of a run's summary: texts, order, and which columns fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from agegender_tui.run_states import GLYPHS
from trainer.runs.registry import RunSummary
from trainer.text import printable

BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Column:
    """`from_width`: the narrowest terminal that shows it. `order` sorts by it, best first."""

    key: str
    heading: str
    width: int
    from_width: int
    text: Callable[[RunSummary, float], str]
    order: Callable[[RunSummary], tuple[float, str]]
    right: bool = False


def _best(one: RunSummary, name: str) -> float:
    value = one.status.best.get(name)
    return value if isinstance(value, int | float) and math.isfinite(value) else math.nan


def _figure(one: RunSummary, name: str, form: str) -> str:
    value = _best(one, name)
    return "" if math.isnan(value) else format(value, form)


def _low_first(value: float) -> tuple[float, str]:
    return (math.inf if math.isnan(value) else value, "")


def ago(seconds: float) -> str:
    """A length of time in one short word or two: `45 s`, `3 min`, `5 h`, `2 d`."""
    seconds = max(0.0, seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def sparkline(values: list[float], width: int) -> str:
    """The last `width` values as bars between their own least and greatest."""
    values = [value for value in values[-width:] if math.isfinite(value)]
    if not values:
        return ""
    low, high = min(values), max(values)
    steps = len(BARS) - 1
    scale = steps / (high - low) if high > low else 0.0
    return "".join(BARS[round((value - low) * scale)] for value in values)


def state_text(one: RunSummary, now: float) -> str:
    """Glyph and word; while something asked for is not done yet, what and since when."""
    glyph = GLYPHS.get(one.state, "·")
    return f"{glyph} {one.state}"


def name_text(one: RunSummary) -> str:
    """The label where there is one, with the last four letters of the id; else the id."""
    return f"{printable(one.label)} ·{one.id[-4:]}" if one.label else one.id


COLUMNS: tuple[Column, ...] = (
    Column("state", "State", 10, 0, state_text, lambda one: (0, one.state)),
    Column("run", "Run", 22, 0, lambda one, _: name_text(one), lambda one: (0, name_text(one))),
    Column(
        "model",
        "Model",
        6,
        90,
        lambda one, _: printable(str(one.settings.get("preset") or one.settings.get("model", ""))),
        lambda one: (0, str(one.settings.get("preset", ""))),
    ),
    Column(
        "data",
        "Data set",
        14,
        104,
        lambda one, _: printable(PurePath(str(one.settings.get("data", ""))).name),
        lambda one: (0, str(one.settings.get("data", ""))),
    ),
    Column(
        "epoch",
        "Epoch",
        7,
        0,
        lambda one, _: f"{one.status.epoch}/{one.status.epochs}" if one.status.epochs else "",
        lambda one: (-one.status.epoch, ""),
        right=True,
    ),
    Column(
        "mae",
        "MAE",
        6,
        0,
        lambda one, _: _figure(one, "age_mae", ".2f"),
        lambda one: _low_first(_best(one, "age_mae")),
        right=True,
    ),
    Column(
        "acc",
        "Gender",
        6,
        0,
        lambda one, _: _figure(one, "gender_accuracy", ".1%"),
        lambda one: _low_first(-_best(one, "gender_accuracy")),
        right=True,
    ),
    Column(
        "trend",
        "Age MAE trend",
        16,
        128,
        lambda one, _: sparkline(one.status.trace, 16),
        lambda one: (0, ""),
    ),
    Column(
        "device",
        "Device",
        6,
        138,
        lambda one, _: printable(one.status.device),
        lambda one: (0, one.status.device),
    ),
    Column(
        "age",
        "Started",
        7,
        0,
        lambda one, now: ago(now - one.status.created) if one.status.created else "",
        lambda one: (-one.status.created, one.id),
        right=True,
    ),
)
SORTS = ("age", "mae", "acc", "epoch", "state", "run")


def columns_for(width: int) -> tuple[Column, ...]:
    """The columns that a terminal of `width` has room for; the run's name takes what is left."""
    shown = [column for column in COLUMNS if column.from_width <= width]
    taken = sum(column.width + 2 for column in shown) + 3 + 2  # the marks; the scroll bar
    spare = max(0, width - taken)
    return tuple(
        Column(**{**column.__dict__, "width": column.width + min(spare, 30)})
        if column.key == "run"
        else column
        for column in shown
    )


def ordered(runs: list[RunSummary], sort: str) -> list[RunSummary]:
    """Sorted by one column; equal ones newest first, as they came."""
    order = next(column.order for column in COLUMNS if column.key == sort)
    return sorted(runs, key=order)
