"""Evaluations as lines of text: their figures, their groups, and how two models differ."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trainer.errors import RunError
from trainer.evaluation.copies import copies_words
from trainer.evaluation.kinds import KINDS
from trainer.evaluation.store import EvaluationDir
from trainer.evaluation.verdicts import claim
from trainer.text import printable

if TYPE_CHECKING:
    from trainer.evaluation.paired import Paired, PairedGroup
    from trainer.evaluation.scored import Scored

Row = tuple[str, ...]
LISTED = ("evaluation", "state", "faces", "age MAE", "accuracy", "made")
BY_GROUP = ("age_mae", "age_bias", "age_cs5", "group_accuracy", "gender_accuracy", "gender_auc")


OTHER_FACES = (
    "Not all of these were scored on the same faces: compare them by their differences, on the "
    "faces that two of them share"
)


def titled(name: str) -> str:
    """`age MAE, years`."""
    kind = KINDS[name]
    return f"{kind.title}, {kind.unit}" if kind.unit else kind.title


def with_interval(name: str, figure: Mapping[str, float | None] | None) -> str:
    """`6.23 [5.86, 6.61]` of a figure as `evaluation.json` has it; dashes where not defined."""
    if figure is None:
        return "–"
    kind = KINDS[name]
    value, low, high = (_number(figure.get(key)) for key in ("value", "low", "high"))
    if not math.isfinite(low):
        return kind.text(value)
    return f"{kind.text(value)} [{kind.text(low)}, {kind.text(high)}]"


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def figure_rows(summaries: Sequence[Mapping[str, Any]]) -> list[Row]:
    """A heading of models, how many faces each was scored on, and a row a figure."""
    rows: list[Row] = [
        ("", *(printable(one["model"]["name"]) for one in summaries)),
        ("faces", *(f"{one['data']['faces']:,}" for one in summaries)),
    ]
    for name in KINDS:
        if any(name in one["figures"] for one in summaries):
            cells = (with_interval(name, one["figures"].get(name)) for one in summaries)
            rows.append((titled(name), *cells))
    return rows


def group_rows(summary: Mapping[str, Any], kind: str) -> list[Row]:
    """A heading of figures and a row a group of that kind; only the heading where there is none."""
    groups = [group for group in summary["groups"] if group["kind"] == kind]
    names = [name for name in BY_GROUP if any(name in group["figures"] for group in groups)]
    rows: list[Row] = [(kind, "faces", *map(titled, names))]
    for group in groups:
        cells = (with_interval(name, group["figures"].get(name)) for name in names)
        rows.append((group["name"], f"{group['faces']:,}", *cells))
    return rows


def paired_rows(one: str, other: str, differences: Sequence[Paired]) -> list[Row]:
    """Both models' figures, the difference with its interval, and which is better if it is."""
    rows: list[Row] = [("", one, other, "difference", "")]
    for found in differences:
        kind = KINDS[found.name]
        rows.append(
            (
                titled(found.name),
                kind.text(found.one),
                kind.text(found.other),
                with_interval(found.name, found.difference._asdict()),
                claim(found, one, other, amounts=False),
            )
        )
    return rows


def paired_group_rows(one: str, other: str, groups: Sequence[PairedGroup], kind: str) -> list[Row]:
    """The same for each group of that kind, of the figures that groups are told by; only the
    heading where none has faces enough."""
    rows: list[Row] = [(kind, "faces", *paired_rows(one, other, ())[0])]
    for group in groups:
        if group.kind == kind:
            told = [row for row in group.rows if row.name in BY_GROUP]
            lead = (group.name, f"{group.faces:,}")
            rows += [(*lead, *row) for row in paired_rows(one, other, told)[1:]]
    return rows


def age_confusion_rows(scored: Scored) -> list[Row]:
    """Of a set with ranges of ages: a heading of the ranges said and a row a range labelled, each
    face counted in one cell; empty where there are fewer than two."""
    from trainer.evaluation.figures import age_confusion

    found = age_confusion(scored) if scored.ranged.any() else None
    if found is None:
        return []
    names = [f"{low}–{high}" for low, high in found.groups]
    rows: list[Row] = [("labelled", *(f"said {name}" for name in names))]
    for name, counts in zip(names, found.counts.tolist(), strict=True):
        rows.append((name, *(_part(count, sum(counts)) for count in counts)))
    return rows


def _part(count: int, of: int) -> str:
    return f"{count:,} ({count / of:.0%})" if count else "–"


def left_out_words(summary: Mapping[str, Any]) -> list[str]:
    """Sentences on the faces that were not scored, naming the first, on copies among those that
    were, and on what is not known."""
    counts = summary["left_out"]
    kinds = (
        ("trained_on", "it was trained on, or copies of these"),
        ("unreadable", "that cannot be read"),
        ("changed", "gone or changed since the run"),
    )
    words = []
    first = 0
    for name, what in kinds:
        count = int(counts.get(name, 0))
        if count:
            file, why = counts["files"][first]
            reason = "" if why == "trained on" else f": {printable(why)}"  # said before
            words.append(f"left out {count:,} faces {what}, the first {printable(file)}{reason}")
        first += count
    words += filter(None, [copies_words(summary)])
    return words + [printable(note) for note in summary.get("notes", ())]


def listed(directory: EvaluationDir) -> Row:
    """One row of the list of evaluations."""
    made = ""
    try:
        state = "finished" if directory.done else directory.status().shown
        if not directory.done:
            return (directory.id, state, "", "", "", "")
        summary = directory.summary()
        figures = summary["figures"]
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary["created"]))
        return (
            directory.id,
            state,
            f"{summary['data']['faces']:,}",
            _value(figures, "age_mae"),
            _value(figures, "gender_accuracy"),
            made,
        )
    except RunError as error:
        return (directory.id, "broken", "", "", "", str(error))


def _value(figures: Mapping[str, Any], name: str) -> str:
    return KINDS[name].text(_number(figures[name]["value"])) if name in figures else ""
