"""One row of the list of evaluations: texts, order, filter, and which columns fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from rich.cells import cell_len

from agegender_tui.evaluating.listing import Listed
from agegender_tui.filter_language import Language, Number, Tags, Text
from agegender_tui.run_table import ago, next_key, whole_width
from trainer.runs.layout import short_name
from trainer.text import printable

# A glyph and a word for each state: colour alone tells nothing.
STATES = {
    "waiting": ("◷", "waits", "$text-warning"),
    "working": ("●", "works", "$text-success"),
    "finished": ("✔", "done", "$text-success"),
    "failed": ("✘", "failed", "$text-error"),
    "stopped": ("■", "stopped", ""),
    "lost": ("?", "lost", "$text-error"),
    "broken": ("!", "broken", "$text-error"),
}
FLIPPED = "⇄"


@dataclass(frozen=True)
class Column:
    """`from_width`: the narrowest table that shows it. `order` sorts by it, best first."""

    key: str
    heading: str
    width: int
    from_width: int
    text: Callable[[Listed, float], str]
    order: Callable[[Listed], tuple[float, str]]
    right: bool = False


def state_text(one: Listed) -> str:
    """Glyph and word; while faces are counted, how many of a hundred are done."""
    glyph, word, _ = STATES[one.state]
    if one.state == "working" and one.status.of:
        return f"{glyph} {min(100, 100 * one.status.done // one.status.of)} %"
    return f"{glyph} {word}"


def name_text(one: Listed) -> str:
    """The model in short, with a sign where faces were mirrored too."""
    return short_name(one.model) + f" {FLIPPED}" * one.flip


def fitted_name(one: Listed, width: int) -> str:
    """The same in `width` cells; of a mean, where that is too little, what tells its models apart:
    `ab12+cd34` instead of `mean of A ab12, B cd34`."""
    name = name_text(one)
    if not one.is_mean or cell_len(name) <= width:
        return name
    models = [short_name(str(model["name"])) for model in one.summary["model"]["members"]]
    return "+".join(model.split()[-1] for model in models) + f" {FLIPPED}" * one.flip


def part_word(part: str) -> str:
    """`validation` is `val`."""
    return "val" if part == "validation" else part


def _share(one: Listed, name: str) -> str:
    value = one.figure(name)
    return "" if math.isnan(value) else f"{100 * value:.1f}%"


def _plain(one: Listed, name: str, decimals: int) -> str:
    value = one.figure(name)
    return "" if math.isnan(value) else f"{value:.{decimals}f}"


def _low_first(value: float) -> tuple[float, str]:
    return (math.inf if math.isnan(value) else value, "")


COLUMNS: tuple[Column, ...] = (
    Column("state", "State", 9, 0, lambda one, _: state_text(one), lambda one: (0, one.state)),
    Column(
        "model",
        "Model",
        9,  # room for the mean of two
        0,
        lambda one, _: name_text(one),
        lambda one: (0, name_text(one)),
    ),
    Column(
        "data",
        "Data set",
        9,
        0,
        lambda one, _: printable(one.data),
        lambda one: (0, one.data),
    ),
    Column("part", "Part", 4, 66, lambda one, _: part_word(one.part), lambda one: (0, one.part)),
    Column(
        "faces",
        "Faces",
        6,
        0,
        lambda one, _: f"{one.faces:,}" if one.done else "",
        lambda one: (-one.faces, ""),
        right=True,
    ),
    Column(
        "mae",
        "MAE",
        5,
        0,
        lambda one, _: _plain(one, "age_mae", 2),
        lambda one: _low_first(one.figure("age_mae")),
        right=True,
    ),
    Column(
        "cs5",
        "CS@5",
        5,
        73,
        lambda one, _: _share(one, "age_cs5"),
        lambda one: _low_first(-one.figure("age_cs5")),
        right=True,
    ),
    Column(
        "group",
        "Group",
        6,
        112,
        lambda one, _: _share(one, "group_accuracy"),
        lambda one: _low_first(-one.figure("group_accuracy")),
        right=True,
    ),
    Column(
        "acc",
        "Gender",
        6,
        0,
        lambda one, _: _share(one, "gender_accuracy"),
        lambda one: _low_first(-one.figure("gender_accuracy")),
        right=True,
    ),
    Column(
        "auc",
        "AUC",
        5,
        80,
        lambda one, _: _plain(one, "gender_auc", 3),
        lambda one: _low_first(-one.figure("gender_auc")),
        right=True,
    ),
    Column(
        "age",
        "Asked",
        6,
        88,
        lambda one, now: ago(now - one.asked) if one.asked else "",
        lambda one: (-one.asked, one.id),
        right=True,
    ),
)
SORTS = ("age", "mae", "cs5", "acc", "auc", "faces", "state", "model", "data")
SPARE_FOR_MODEL, SPARE_FOR_DATA = 16, 20
LEAST_BESIDE = 85  # the narrowest table beside a view
VIEW_WIDTH = 106  # what a view's widest table of figures takes, with its margins


def columns_for(width: int) -> tuple[Column, ...]:
    """The columns that a table of `width` cells has room for; the names take what is left."""
    shown = [column for column in COLUMNS if column.from_width <= width]
    spare = max(0, width - whole_width(column.width for column in shown))
    model = min(spare // 2, SPARE_FOR_MODEL)
    wider = {"model": model, "data": min(spare - model, SPARE_FOR_DATA)}
    shown = [replace(column, width=column.width + wider.get(column.key, 0)) for column in shown]
    return tuple(_fitted(column) if column.key == "model" else column for column in shown)


def width_beside(width: int) -> int:
    """Cells of `width` for the table that has a view beside it: first the view gets what it needs,
    then the table, up to all columns with their names whole."""
    most = whole_width(column.width for column in COLUMNS) + SPARE_FOR_MODEL + SPARE_FOR_DATA
    return min(max(LEAST_BESIDE, width - VIEW_WIDTH), most)


def _fitted(column: Column) -> Column:
    return replace(column, text=lambda one, _: fitted_name(one, column.width))


def ordered(found: Iterable[Listed], sort: str) -> list[Listed]:
    """Sorted by one column; equal ones newest first, as they came."""
    order = next(column.order for column in COLUMNS if column.key == sort)
    return sorted(found, key=order)


def next_sort(sort: str, columns: Iterable[Column]) -> str:
    """The column to sort by after `sort`, of those on screen."""
    return next_key(sort, SORTS, {column.key for column in columns})


LANGUAGE: Language[Listed] = Language(
    {
        "model": Text(lambda one: one.model),
        "network": Text(lambda one: one.network),
        "data": Text(lambda one: one.data),
        "part": Text(lambda one: one.part),
        "state": Tags(
            lambda one: (one.state, STATES[one.state][1]),  # and the word on screen
            among=tuple(dict.fromkeys((*STATES, *(word for _, word, _ in STATES.values())))),
        ),
        "faces": Number(lambda one: float(one.faces)),
        "mae": Number(lambda one: one.figure("age_mae")),
        "cs5": Number(lambda one: one.figure("age_cs5"), share=True),
        "acc": Number(lambda one: one.figure("gender_accuracy"), share=True),
        "auc": Number(lambda one: one.figure("gender_auc")),
    },
    bare=("model", "data", "state", "part"),
)
