"""How evaluations are called: the shortest words that tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.table import name_text
from trainer.evaluation.same_faces import same_set
from trainer.text import printable


def title(one: Listed, data: str = "") -> str:
    """`A kez2 on utkface-5k, validation part: 1,000 faces`; `data` is what its data set is called
    among others."""
    part = "validation part" if one.part == "validation" else "all"
    flip = ", each mirrored too" if one.flip else ""
    faces = f": {one.faces:,} faces" if one.done else ""
    model = name_text(one).replace(" ⇄", "")
    return f"{model} on {data or printable(one.data)}, {part}{faces}{flip}"


def legend_names(chosen: Sequence[Listed]) -> list[str]:
    """The model of each, with the data set where they are of several."""
    several = len({same_set(one.summary) for one in chosen}) > 1
    return [
        f"{name_text(one)} on {data} {one.part}" if several else name_text(one)
        for one, data in zip(chosen, data_names(chosen), strict=True)
    ]


def data_names(chosen: Sequence[Listed]) -> list[str]:
    """The data set of each, `utkface-5k`; of those that have one name, but lie apart, as much of
    the folder as tells them apart: `old/utkface-5k`."""
    places = [same_set(one.summary)[0] for one in chosen]
    names = []
    for one, place in zip(chosen, places, strict=True):
        namesakes = {
            other for each, other in zip(chosen, places, strict=True) if each.data == one.data
        }
        names.append(printable(_end(place, namesakes - {place}) or one.data))
    return names


def _end(place: str, others: set[str]) -> str:
    """The last two parts of a path, or more, that no other ends in; '' where there is no other."""
    parts = place.split("/")
    for length in count(2) if others else ():
        end = "/".join(parts[-length:])
        if length >= len(parts) or not any(f"/{other}".endswith(f"/{end}") for other in others):
            return end
    return ""


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
