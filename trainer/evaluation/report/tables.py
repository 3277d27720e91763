"""The tables of the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from trainer.evaluation.kinds import KINDS, Figure, Kind
from trainer.evaluation.paired import Paired
from trainer.evaluation.report.comparisons import Comparison
from trainer.evaluation.report.contents import Part
from trainer.evaluation.report.markup import Child, Markup, joined, tag
from trainer.evaluation.verdicts import SAYS_NOTHING, claim, signed
from trainer.export.model_card import FEW

KIND_TITLES = {"age": "Age band", "gender": "Gender label", "race": "Race code"}
BESIDE = 3  # models: tables of so many columns stand beside one another
TASKS = {"age": "Age", "gender": "Gender"}


def table(
    caption: Child, headings: Sequence[Child], rows: Iterable[Sequence[Child]], *, text: int = 1
) -> Markup:
    """A table that scrolls by itself where it is too wide; the first `text` columns are words."""
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(
                tag("td", cell, class_=None if place < text else "n")
                for place, cell in enumerate(row[1:], start=1)
            ),
        )
        for row in rows
    ]
    head = tag(
        "tr",
        *(
            tag("th", heading, scope="col", class_=None if place < text else "n")
            for place, heading in enumerate(headings)
        ),
    )
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", joined(*body)))
    return tag("div", whole, class_="wide", tabindex="0", role="group")


def heading_of(name: str) -> Markup:
    """A figure's title with its unit below and which way is better."""
    kind = KINDS[name]
    better = {"lower": "lower is better", "higher": "higher is better"}.get(kind.better, "")
    small = ", ".join(part for part in (kind.unit, better) if part)
    return joined(kind.title, tag("small", small) if small else None)


def cell_of(kind: Kind, figure: Figure | None) -> Markup:
    """`6.23` with `5.86 to 6.60` below; a dash where it is not defined."""
    if figure is None or not figure.defined:
        return tag("span", "–", class_="none")
    return joined(kind.text(figure.value), tag("small", interval_of(kind, figure)))


def interval_of(kind: Kind, figure: Figure, *, sign: bool = False) -> str:
    """`5.86 to 6.60`; that there is none, as with few faces or where all are alike; nothing where
    the figure is not defined."""
    if not figure.defined:
        return ""
    if not (math.isfinite(figure.low) and math.isfinite(figure.high)):
        return "no interval"
    if sign:
        return f"{signed(kind, figure.low)} to {signed(kind, figure.high)}"
    return f"{kind.text(figure.low)} to {kind.text(figure.high)}"


def present(found: Iterable[Mapping[str, Figure]], task: str = "") -> list[str]:
    """The figures, of a task or of both, that any of these has, in the order of KINDS."""
    have = {name for figures in found for name in figures}
    return [name for name, kind in KINDS.items() if name in have and task in ("", kind.task)]


def figure_tables(parts: Sequence[Part], data: str) -> Markup:
    """The models on one set of faces, a table a task."""
    made = []
    for task, title in TASKS.items():
        names = present((part.figures for part in parts), task)
        rows = (
            [
                part.name,
                f"{part.faces:,}",
                *(cell_of(KINDS[name], part.figures.get(name)) for name in names),
            ]
            for part in parts
        )
        if names:
            headings = ["Model", "faces", *map(heading_of, names)]
            made.append(table(f"{title} on {data}", headings, rows))
    return joined(*made)


def age_group_table(part: Part) -> Markup | None:
    """Of a set with ranges of ages, which were said of the faces of each; None of another."""
    found = part.age_groups
    if found is None:
        return None
    names = [f"{low}–{high}" for low, high in found.groups]
    rows: list[list[Child]] = []
    for place, (name, counts) in enumerate(zip(names, found.counts.tolist(), strict=True)):
        of = sum(counts)
        cells: list[Child] = [_said(count, of) for count in counts]
        cells[place] = tag("strong", cells[place])
        rows.append([name, counted(of), *cells])
    headings = ["Range labelled", "faces", *(f"said {name}" for name in names)]
    return table(f"Age groups: {part.title}", headings, rows)


def _said(count: int, of: int) -> Markup:
    share = tag("small", f"{count / of:.1%}".replace("%", " %")) if count else None
    return joined(f"{count:,}", share)


def group_tables(parts: Sequence[Part], data: str, names: Sequence[str]) -> Markup:
    """The models side by side for each group, a table a figure and kind of group."""
    made = []
    for kind, title in KIND_TITLES.items():
        groups: dict[str, set[int]] = {}
        for group in (group for part in parts for group in part.of_kind(kind)):
            groups.setdefault(group.name, set()).add(group.faces)
        by_part = [{group.name: group for group in part.of_kind(kind)} for part in parts]
        for name in names:
            rows: list[list[Child]] = []
            for group_name, faces in groups.items():
                found = [
                    one[group_name].figures.get(name) if group_name in one else None
                    for one in by_part
                ]
                if any(figure is not None and figure.defined for figure in found):
                    cells = [cell_of(KINDS[name], figure) for figure in found]
                    few, many = min(faces), max(faces)
                    told = counted(many) if few == many else f"{few:,} to {many:,}"
                    rows.append([group_name, told, *cells])
            if rows:
                caption = joined(
                    f"{KINDS[name].title} by {title.lower()} on {data}",
                    tag("small", f" ({KINDS[name].unit})") if KINDS[name].unit else None,
                )
                headings = [title, "faces", *(part.name for part in parts)]
                made.append(table(caption, headings, rows))
    if len(parts) > BESIDE:
        return joined(*made)
    return tag("div", *made, class_="tables")


def detail_tables(part: Part) -> Markup:
    """Every figure of every group of one evaluation, a table a task."""
    made = []
    for task, title in TASKS.items():
        names = present((group.figures for group in part.groups), task)
        rows: list[list[Child]] = [
            [
                f"{KIND_TITLES[group.kind].lower()} {group.name}",
                counted(group.faces),
                *(cell_of(KINDS[name], group.figures.get(name)) for name in names),
            ]
            for group in part.groups
            if group.kind in KIND_TITLES
        ]
        if names and rows:
            headings = ["Group", "faces", *map(heading_of, names)]
            made.append(table(f"{title}: {part.title}", headings, rows))
    return joined(*made)


def counted(faces: int) -> Markup:
    """A number of faces, marked where they are few."""
    if faces >= FEW:
        return joined(f"{faces:,}")
    return joined(f"{faces:,}", tag("small", "few"))


def comparison_table(comparison: Comparison) -> Markup:
    """The figures of two models, their difference, and the verdict in words."""
    one, other = comparison.one.name, comparison.other.name
    rows = [[heading_of(row.name), *_compared(row, one, other)] for row in comparison.rows]
    headings = ["Figure", "What is shown", one, other, f"{other} less {one}"]
    caption = (
        f"{one} and {other} on the {comparison.faces:,} faces of {comparison.one.data} "
        "that both have"
    )
    return table(caption, headings, rows, text=2)


def compared_group_tables(comparison: Comparison, names: Sequence[str]) -> Markup:
    """How two models differ in each group, a table a figure and kind of group."""
    one, other = comparison.one.name, comparison.other.name
    made = []
    for kind, title in KIND_TITLES.items():
        of_kind = [group for group in comparison.groups if group.kind == kind]
        for name in names:
            rows: list[list[Child]] = [
                [group.name, *_compared(row, one, other), f"{group.faces:,}"]
                for group in of_kind
                for row in group.rows
                if row.name == name and row.difference.defined
            ]
            if rows:
                caption = f"{one} and {other}: {KINDS[name].title} by {title.lower()}"
                headings = [title, "What is shown", one, other, f"{other} less {one}", "faces"]
                made.append(table(caption, headings, rows, text=2))
    return joined(*made)


def _compared(row: Paired, one: str, other: str) -> list[Child]:
    """The verdict, both figures, and their difference with its interval."""
    kind, said = KINDS[row.name], claim(row, one, other)
    how = "better" if row.better else "open" if said in SAYS_NOTHING else "apart"
    difference = joined(
        signed(kind, row.difference.value),
        tag("small", interval_of(kind, row.difference, sign=True)),
    )
    return [
        tag("span", said, class_=how),
        kind.text(row.one),
        kind.text(row.other),
        difference,
    ]
