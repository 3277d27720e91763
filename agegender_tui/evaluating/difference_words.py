"""Two evaluations on the same faces, in words: which is better, by how much, or that none is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from agegender_tui.evaluating.columns import fit
from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.names import short_names, title
from trainer.evaluation.kinds import KINDS
from trainer.evaluation.verdicts import NOTHING_SHOWN, claim, signed

if TYPE_CHECKING:
    from trainer.evaluation.paired import Paired

_VALUE = 7
_TITLE = 26


def verdict(pair: Paired, names: tuple[str, str]) -> str:
    """`B is better by 0.31 years (0.05 to 0.57)`, or that no difference is shown."""
    said, gap, kind = claim(pair, *names), pair.difference, KINDS[pair.name]
    if said != NOTHING_SHOWN:
        return said
    return f"{said} ({signed(kind, gap.low)} to {signed(kind, gap.high)})"


def page(one: Listed, other: Listed, pairs: Sequence[Paired], shared: int, width: int) -> Content:
    """The two, how many faces they share, and a line a figure; in `width` cells."""
    names = short_names(one, other)
    first = [
        Content.assemble((f"{name}: ", "bold"), title(which))
        for name, which in zip(names, (one, other), strict=True)
    ]
    if not shared:
        why = (
            "They share no face: another folder, or the faces or labels changed between them. "
            "Mark two evaluations of the same data set."
        )
        return Content("\n").join([*first, Content(""), Content(why)])
    lines = [
        *first,
        Content(f"on the {shared:,} faces that both scored"),
        Content(""),
    ]
    said = [(pair, verdict(pair, names)) for pair in pairs]
    room = width - 2 * _VALUE - 2 - max((len(words) for _, words in said), default=0)
    room = max(8, min(_TITLE, room))
    lines.append(_heading(names, room))
    lines += [_line(pair, words, room) for pair, words in said]
    lines += [
        Content(""),
        Content.styled(
            f"In brackets: 95 % intervals of the difference ({names[1]} less {names[0]} where none "
            "is shown), both resampled on the same faces. Better is said only where they leave "
            "zero out; of many figures one in twenty does so by chance.",
            "dim",
        ),
    ]
    return Content("\n").join(lines)


def _heading(names: tuple[str, str], room: int) -> Content:
    values = "".join(fit(name, _VALUE).rstrip().rjust(_VALUE) for name in names)
    return Content.styled(" " * room + values + "  which is better", "bold")


def _line(pair: Paired, words: str, room: int) -> Content:
    kind = KINDS[pair.name]
    values = f"{kind.text(pair.one):>{_VALUE}}{kind.text(pair.other):>{_VALUE}}"
    style = "bold" if pair.better else "$text-muted"
    return Content.assemble(fit(kind.title, room), values, "  ", (words, style))
