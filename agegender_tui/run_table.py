"""One row of the runs table out of a run's summary: texts, order, and which columns fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from agegender_tui.run_states import GLYPHS
from trainer.presets import preset_or_model
from trainer.runs.registry import RunSummary
from trainer.text import printable

BARS = "▁▂▃▄▅▆▇█"
TREND_WIDTH = 16
EPOCH_WIDTH = 7
WISHES = {"pause": "pausing", "stop": "stopping", "kill": "killing", "resume": "resuming"}


@dataclass(frozen=True)
class Row:
    """A run as listed at `now`; `wish` is (when, command) of what its worker has not done yet."""

    one: RunSummary
    now: float
    wish: tuple[float, str] | None = None


@dataclass(frozen=True)
class Column:
    """`from_width`: the narrowest table that shows it. `order` sorts by it, best first."""

    key: str
    heading: str
    width: int
    from_width: int
    text: Callable[[Row], str]
    order: Callable[[RunSummary], tuple[float, str]]
    right: bool = False


def _best(one: RunSummary, name: str) -> float:
    value = one.status.best.get(name)
    return value if isinstance(value, int | float) and math.isfinite(value) else math.nan


def _setting(one: RunSummary, name: str) -> str:
    return printable(str(one.settings.get(name) or ""))


def data_name(one: RunSummary) -> str:
    """The last part of the data set's folder, as it is on disk."""
    return PurePath(str(one.settings.get("data", ""))).name


def epochs_text(one: RunSummary) -> str:
    """Epochs done of those asked for."""
    return f"{one.status.epoch}/{one.status.epochs}" if one.status.epochs else ""


def _epochs_in_column(one: RunSummary) -> str:
    """The same, but only the epochs done where the column does not hold both."""
    both = epochs_text(one)
    return both if len(both) <= EPOCH_WIDTH else str(one.status.epoch)


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
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def sparkline(values: list[float], width: int) -> str:
    """The last `width` values as bars between their own least and greatest."""
    values = [value for value in values[-width:] if math.isfinite(value)]
    if not values:
        return ""
    low, high = min(values), max(values)
    steps = len(BARS) - 1
    scale = steps / (high - low) if high > low else 0.0
    return "".join(BARS[round((value - low) * scale)] for value in values)


def state_text(row: Row) -> str:
    """Glyph and word; what the worker was asked for and has not done yet comes first."""
    state = row.one.state
    word = WISHES.get(row.wish[1], state) if row.wish else state
    return f"{GLYPHS.get(word, GLYPHS.get(state, '·'))} {word}"


def name_text(one: RunSummary) -> str:
    """The label where there is one, after the last four letters of the id; else the id."""
    return f"{one.id[-4:]} {printable(one.label)}" if one.label else one.id


def model_text(one: RunSummary) -> str:
    """`preset_or_model` of a run in the list."""
    return preset_or_model(_setting(one, "preset"), _setting(one, "model"))


COLUMNS: tuple[Column, ...] = (
    Column("state", "State", 10, 0, state_text, lambda one: (0, one.state)),
    Column("run", "Run", 22, 0, lambda row: name_text(row.one), lambda one: (0, name_text(one))),
    Column(
        "model",
        "Model",
        8,
        88,
        lambda row: model_text(row.one),
        lambda one: (0, model_text(one)),
    ),
    Column(
        "data",
        "Data set",
        12,
        102,
        lambda row: printable(data_name(row.one)),
        lambda one: (0, data_name(one)),
    ),
    Column(
        "epoch",
        "Epoch",
        EPOCH_WIDTH,
        0,
        lambda row: _epochs_in_column(row.one),
        lambda one: (-one.status.epoch if one.status.epoch or one.status.epochs else math.inf, ""),
        right=True,
    ),
    Column(
        "mae",
        "MAE",
        6,
        0,
        lambda row: _figure(row.one, "age_mae", ".2f"),
        lambda one: _low_first(_best(one, "age_mae")),
        right=True,
    ),
    Column(
        "acc",
        "Gender",
        8,
        68,
        lambda row: _figure(row.one, "gender_accuracy", ".1%"),
        lambda one: _low_first(-_best(one, "gender_accuracy")),
        right=True,
    ),
    Column(
        "trend",
        "MAE by epoch",
        TREND_WIDTH,
        120,
        lambda row: sparkline(row.one.status.trace, TREND_WIDTH),
        lambda one: _low_first(_best(one, "age_mae")),
    ),
    Column(
        "device",
        "Device",
        8,
        130,
        lambda row: printable(row.one.status.device),
        lambda one: (0, one.status.device),
    ),
    Column(
        "age",
        "Started",
        9,
        78,
        lambda row: ago(row.now - row.one.status.created) if row.one.status.created else "",
        lambda one: (-one.status.created if one.status.created else math.inf, one.id),
        right=True,
    ),
)
SORTS = ("age", "mae", "acc", "epoch", "state", "run", "model", "data", "device")
MARK_WIDTH = 1
SPARE_FOR_NAMES = 40


def columns_for(width: int) -> tuple[Column, ...]:
    """The columns that a table of `width` cells has room for; names take some of what is left."""
    shown = [column for column in COLUMNS if column.from_width <= width]
    spare = max(0, width - table_width(shown))
    return tuple(
        replace(column, width=column.width + min(spare, SPARE_FOR_NAMES))
        if column.key == "run"
        else column
        for column in shown
    )


def table_width(columns: Iterable[Column]) -> int:
    """Cells that the columns take with the mark before them, padding and the scroll bar."""
    return whole_width(column.width for column in columns)


def whole_width(widths: Iterable[int]) -> int:
    """The same, of columns of these widths."""
    return MARK_WIDTH + 2 + sum(width + 2 for width in widths) + 1


def ordered(runs: list[RunSummary], sort: str, turned: bool = False) -> list[RunSummary]:
    """Sorted by one column, best first or `turned` round; equal ones newest first, as they came,
    and those without a figure last in any case."""
    order = next(column.order for column in COLUMNS if column.key == sort)
    found = sorted(runs, key=order, reverse=turned)
    return sorted(found, key=lambda one: order(one)[0] == math.inf)


def next_sort(sort: str, columns: Iterable[Column]) -> str:
    """The column to sort by after `sort`, of those on screen."""
    return next_key(sort, SORTS, {column.key for column in columns})


def next_key(sort: str, sorts: Sequence[str], keys: Collection[str]) -> str:
    """What comes after `sort` in `sorts`, of the keys of the columns on screen and the age."""
    turn = [key for key in sorts if key in keys or key == "age"]
    return turn[(turn.index(sort) + 1) % len(turn)] if sort in turn else turn[0]
