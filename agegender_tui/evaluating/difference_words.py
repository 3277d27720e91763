"""Two evaluations on the same faces, in words: which is better, by how much, or that none is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from agegender_tui.evaluating.bands import band_text
from agegender_tui.evaluating.columns import fit
from agegender_tui.evaluating.figure_words import GROUP_KINDS, named
from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.names import data_names, short_names, title
from agegender_tui.evaluating.reading import Differences
from trainer.evaluation.kinds import HEADLINES, KINDS
from trainer.evaluation.verdicts import NOTHING_SHOWN, claim, signed

if TYPE_CHECKING:
    from trainer.evaluation.paired import Paired

_VALUE = 7  # cells of a figure's column at least; the blank before it counts
_TITLE = 26
_FACES = 6


def verdict(pair: Paired, names: tuple[str, str]) -> str:
    """`B is better by 0.31 years (0.05 to 0.57)`, or that no difference is shown."""
    said, gap, kind = claim(pair, *names), pair.difference, KINDS[pair.name]
    if said != NOTHING_SHOWN:
        return said
    return f"{said} ({signed(kind, gap.low)} to {signed(kind, gap.high)})"


def page(one: Listed, other: Listed, found: Differences, width: int) -> Content:
    """The two, how many faces they share, a line a figure, then the main ones by group; in `width`
    cells."""
    from trainer.export.model_card import FEW

    names = short_names(one, other)
    first = [
        Content.assemble((f"{name}: ", "bold"), title(which, data))
        for name, which, data in zip(names, (one, other), data_names((one, other)), strict=True)
    ]
    if not found.faces:
        why = (
            "They share no face: another folder, or the faces or labels changed between them. "
            "Mark two evaluations of the same data set."
        )
        return Content("\n").join([*first, Content(""), Content(why)])
    said = [verdict(row, names) for rows in (found.rows, *_told(found)) for row in rows]
    longest = max(map(len, said)) + 2
    room = max(8 + _FACES, min(_TITLE, width - 2 * _VALUE - longest))
    column = max(_VALUE, min(max(map(cell_len, names)) + 1, (width - room - longest) // 2))
    lines = [
        *first,
        Content(f"on the {found.faces:,} faces that both scored"),
        Content(""),
        *_table([(KINDS[row.name].title, "", row) for row in found.rows], names, room, column),
        Content(""),
    ]
    for kind, words in GROUP_KINDS.items():
        for name in HEADLINES:
            rows = [
                (band_text(group.name), f"{group.faces:>{_FACES},}", row)
                for group in found.groups
                for row in group.rows
                if (group.kind, row.name) == (kind, name) and row.difference.defined
            ]
            if rows:
                heading = f"{named(KINDS[name])}, {words}"
                lines.append(Content.styled(heading, "bold underline"))
                lines += [*_table(rows, names, room, column), Content("")]
    lines += [
        Content.styled(
            f"In brackets: 95 % intervals of the difference ({names[1]} less {names[0]} where none "
            "is shown), both resampled on the same faces. Better is said only where they leave "
            "zero out; of many figures one in twenty does so by chance. Groups are those of which "
            f"both scored {FEW} faces or more.",
            "dim",
        ),
    ]
    return Content("\n").join(lines)


def _told(found: Differences) -> Iterator[list[Paired]]:
    """Of each group the figures that are told."""
    for group in found.groups:
        yield [row for row in group.rows if row.name in HEADLINES and row.difference.defined]


def _table(
    rows: Sequence[tuple[str, str, Paired]], names: tuple[str, str], room: int, column: int
) -> Iterator[Content]:
    """A heading, and a line each: in `room` cells what it is of, and of how many faces where that
    is to be told, then both figures in `column` cells each, and which is better."""
    shown = [fit(name, min(cell_len(name), column - 1)) for name in names]
    values = "".join(" " * (column - cell_len(name)) + name for name in shown)
    lead = ("faces" if rows[0][1] else "").rjust(room)
    yield Content.styled(lead + values + "  which is better", "bold")
    for what, faces, row in rows:
        kind, words = KINDS[row.name], verdict(row, names)
        values = f"{kind.text(row.one):>{column}}{kind.text(row.other):>{column}}"
        style = "bold" if row.better else "$text-muted"
        yield Content.assemble(fit(what, room - len(faces)), faces, values, "  ", (words, style))
