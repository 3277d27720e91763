"""The figures of evaluations in words: over all faces with their intervals, then by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content

from agegender_tui.evaluating.bands import band_text
from agegender_tui.evaluating.columns import TextColumn, table
from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.names import legend_names
from agegender_tui.evaluation_table import OTHER_FACES, left_out_words
from trainer.evaluation.kinds import KINDS, Kind
from trainer.evaluation.same_faces import same_faces, same_set
from trainer.text import printable

GROUP_FIGURES = ("age_mae", "age_bias", "group_accuracy", "gender_accuracy", "gender_auc")
GROUP_KINDS = {"age": "by age", "gender": "by gender", "race": "by race code"}
DASH = "–"


def page(chosen: Sequence[Listed], width: int) -> Content:
    """The whole of it, in `width` cells."""
    lines = []
    if len(chosen) == 1:
        lines += [Content(words) for words in left_out_words(chosen[0].summary)]
    if _share_in_part(chosen):
        lines.append(Content(OTHER_FACES + " (d)."))
    lines += [*_over_all(chosen, width), Content("")]
    for kind in GROUP_KINDS:
        lines += _by_group(chosen, kind, width)
    lines.append(Content.styled("In brackets: 95 % intervals, by bootstrap over faces.", "dim"))
    return Content("\n").join(lines)


def _share_in_part(chosen: Sequence[Listed]) -> bool:
    """Whether some are of one folder, but not of the same faces of it: those of other folders
    share none to be compared on."""
    summaries = [one.summary for one in chosen]
    folders = [same_set(one)[0] for one in summaries]
    return any(
        not same_faces([one for one, at in zip(summaries, folders, strict=True) if at == folder])
        for folder in set(folders)
    )


def figure_text(kind: Kind, figure: Mapping[str, Any] | None, interval: bool = True) -> str:
    """`6.23 (5.90–6.57)`; a dash where there is none."""
    if not figure or figure["value"] is None:
        return DASH
    value = kind.text(figure["value"])
    if not interval or figure["low"] is None or figure["high"] is None:
        return value
    return f"{value} ({between(kind, figure['low'], figure['high'])})"


def between(kind: Kind, low: float, high: float) -> str:
    """`5.90–6.57`, and with `to` where a dash would look like a minus."""
    word = " to " if low < 0 or high < 0 else DASH
    return f"{kind.text(low)}{word}{kind.text(high)}"


def named(kind: Kind) -> str:
    """The figure with its unit: `age MAE, years`."""
    return f"{kind.title}, {kind.unit}" if kind.unit else kind.title


def _over_all(chosen: Sequence[Listed], width: int) -> list[Content]:
    there = [name for name in KINDS if any(one.summary["figures"].get(name) for one in chosen)]
    names = [named(KINDS[name]) for name in there]
    columns = [
        TextColumn(
            heading,
            [figure_text(KINDS[name], one.summary["figures"].get(name)) for name in there],
        )
        for heading, one in zip(_headings(chosen), chosen, strict=True)
    ]
    return table("", names, columns, width)


def _headings(chosen: Sequence[Listed]) -> list[str]:
    if len(chosen) == 1:
        return ["value (95 % interval)"]
    return legend_names(chosen)


def _by_group(chosen: Sequence[Listed], kind: str, width: int) -> list[Content]:
    """One table with all figures of one evaluation; a table a figure of several."""
    groups = [_of_kind(one.summary, kind) for one in chosen]
    names = list(dict.fromkeys(str(g["name"]) for some in groups for g in some))
    if not names:
        return []
    found = [{str(g["name"]): g for g in some} for some in groups]
    figures = [
        name
        for name in GROUP_FIGURES
        if any(g["figures"].get(name) for some in groups for g in some)
        # A model is not told apart from a coin by AUC where all faces have one gender.
        and not (kind == "gender" and name == "gender_auc")
    ]
    shown = [printable(band_text(name)) for name in names]
    if len(chosen) == 1:
        only = found[0]
        columns = [TextColumn("faces", [f"{only[name]['faces']:,}" for name in names])]
        columns += [
            TextColumn(named(KINDS[figure]), [_cell(only.get(n), figure) for n in names])
            for figure in figures
        ]
        return [*table(GROUP_KINDS[kind], shown, columns, width), Content("")]
    lines: list[Content] = []
    for figure in figures[:-1] if "gender_auc" in figures else figures:
        columns = [
            TextColumn(heading, [_cell(some.get(name), figure) for name in names])
            for heading, some in zip(legend_names(chosen), found, strict=True)
        ]
        lines += [
            Content.styled(f"{named(KINDS[figure])}, {GROUP_KINDS[kind]}", "bold underline"),
            *table("", shown, columns, width),
            Content(""),
        ]
    return lines


def _of_kind(summary: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [group for group in summary["groups"] if group["kind"] == kind]


def _cell(group: Mapping[str, Any] | None, figure: str) -> str:
    return figure_text(KINDS[figure], group["figures"].get(figure)) if group else DASH
