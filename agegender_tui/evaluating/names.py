"""How evaluations are called: the shortest words that tell them apart."""

from __future__ import annotations

from collections.abc import Sequence

from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.table import name_text
from trainer.text import printable


def title(one: Listed) -> str:
    """`A kez2 on utkface-5k, validation part: 1,000 faces`."""
    part = "validation part" if one.part == "validation" else "all"
    flip = ", each mirrored too" if one.flip else ""
    faces = f": {one.faces:,} faces" if one.done else ""
    model = name_text(one).replace(" ⇄", "")
    return f"{model} on {printable(one.data)}, {part}{faces}{flip}"


def legend_names(chosen: Sequence[Listed]) -> list[str]:
    """The model of each, with the data set where they are of several."""
    several = len({(one.data, one.part) for one in chosen}) > 1
    return [
        f"{name_text(one)} on {printable(one.data)} {one.part}" if several else name_text(one)
        for one in chosen
    ]


def short_names(one: Listed, other: Listed) -> tuple[str, str]:
    """What a sentence calls the two: their networks, else their models, else first and second. A
    mean beside a model is the mean."""
    if one.is_mean != other.is_mean:
        first, second = ("mean" if each.is_mean else name_text(each) for each in (one, other))
        return first, second
    if one.network and other.network and one.network != other.network:
        return printable(one.network), printable(other.network)
    names = name_text(one), name_text(other)
    return names if names[0] != names[1] else ("the first", "the second")
