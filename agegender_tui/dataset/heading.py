"""The words above the faces: what there is, and what narrows, orders or marks it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from agegender_tui.dataset.face_filter import ORDERS, View
from agegender_tui.dataset.face_set import FaceSet
from trainer.text import printable


def counts(faces: FaceSet) -> list[str]:
    """How many faces there are, and of which kinds those are that no run uses."""
    found = [f"{faces.labelled:,} faces"]
    if faces.index.excluded:
        found.append(f"{len(faces.index.excluded):,} excluded")
    if faces.index.partial:
        found.append(faces.index.lacking)
    if faces.index.rejected:
        found.append(f"{len(faces.index.rejected):,} without a label")
    return found


def chips(view: View, terms: Sequence[str], faces: FaceSet | None, marked: int) -> list[Content]:
    """What is to stay in sight while it holds; `terms` are those of the filter."""
    words = [*terms]
    if view.chosen is not None:
        words.insert(0, view.chosen_words)
    if view.seed is not None:
        words.append(f"random order, seed {view.seed}")
    elif view.order != "name":
        words.append(ORDERS[view.order].words)
    if faces is not None and faces.model is not None:
        words.append(f"model of {faces.model.run}")
    found = [Content.styled(f" {printable(word)} ", "reverse") for word in words]
    if marked:
        found.append(Content.styled(f" {marked} marked ", "reverse $accent"))
    return found
