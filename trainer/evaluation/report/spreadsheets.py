"""The tables of a report as CSV, whole where the page shows a part."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.evaluation.kinds import KINDS
from trainer.evaluation.report.comparisons import Comparison
from trainer.evaluation.report.contents import Part
from trainer.export.tables import csv_text


def figures_csv(parts: Sequence[Part]) -> str:
    """A line a figure, of all faces, of those that are no copies of faces trained on where some
    are, and of each group; shares are 0 to 1, undefined cells empty."""
    rows: list[Sequence[object]] = [
        ("evaluation", "model", "data", "part", "group_kind", "group", "faces", "figure", "unit",
         "value", "low", "high")
    ]  # fmt: skip
    for part in parts:
        lead = (part.directory.id, part.name, *_data(part))
        every = [("all", "all", part.faces, part.figures)]
        if part.copies:
            others = part.faces - len(part.copies)
            every.append(("without copies", "all", others, part.without_copies))
        every += [(group.kind, group.name, group.faces, group.figures) for group in part.groups]
        for kind, name, faces, figures in every:
            for figure, value in figures.items():
                unit = KINDS[figure].unit
                shown = "share" if unit == "%" else unit
                rows.append((*lead, kind, name, faces, figure, shown, *value))
    return csv_text(rows)


def comparisons_csv(found: Sequence[Comparison]) -> str:
    """A line a figure of two models on the same faces, of all of these and of each group with faces
    enough; the difference is other less one."""
    rows: list[Sequence[object]] = [
        ("one", "other", "data", "part", "group_kind", "group", "faces", "figure", "value_one",
         "value_other", "difference", "low", "high", "better", "verdict")
    ]  # fmt: skip
    for pair in found:
        names = {"one": pair.one.name, "other": pair.other.name}
        lead = (*names.values(), *_data(pair.one))
        for kind, group, faces, told in (("all", "all", pair.faces, pair.rows), *pair.groups):
            for row in told:
                figures = (row.name, row.one, row.other, *row.difference)
                better = names.get(row.better, "")
                rows.append((*lead, kind, group, faces, *figures, better, pair.verdict(row)))
    return csv_text(rows)


def age_groups_csv(parts: Sequence[Part]) -> str:
    """A line a range of ages labelled and said, of the sets that have ranges."""
    rows: list[Sequence[object]] = [
        ("evaluation", "model", "data", "part", "labelled", "said", "faces")
    ]
    for part in parts:
        if part.age_groups is not None:
            lead = (part.directory.id, part.name, *_data(part))
            names = [f"{low}–{high}" for low, high in part.age_groups.groups]
            for name, counts in zip(names, part.age_groups.counts.tolist(), strict=True):
                rows += [(*lead, name, *cell) for cell in zip(names, counts, strict=True)]
    return csv_text(rows)


def left_out_csv(parts: Sequence[Part]) -> str:
    """A line a face that was not scored, with the reason, and a copy that was."""
    rows: list[Sequence[object]] = [
        ("evaluation", "model", "data", "part", "file", "why", "scored")
    ]
    for part in parts:
        lead = (part.directory.id, part.name, *_data(part))
        rows += [(*lead, name, why, "no") for name, why in part.left_out]
        rows += [(*lead, name, why, "yes") for name, why in part.copies]
    return csv_text(rows)


def _data(part: Part) -> tuple[str, str]:
    about = part.summary["data"]
    return str(about["name"]), str(about["part"])
