"""The words above the faces: what there is, and what narrows or orders it."""

from __future__ import annotations

from collections.abc import Sequence

from agegender_tui.dataset.face_filter import ORDERS, View
from agegender_tui.dataset.face_set import FaceSet


def counts(faces: FaceSet) -> list[str]:
    """How many faces there are, and of which kinds those are that no run uses. "Left out", as the
    preview and a run call them, are pictures without a label as well as rows of tables without a
    picture and folders that cannot be read: telling them apart takes a look at each, with each key.
    """
    found = [f"{faces.labelled:,} faces"]
    if faces.index.excluded:
        found.append(f"{len(faces.index.excluded):,} excluded")
    if faces.index.partial:
        found.append(faces.index.lacking)
    if faces.index.rejected:
        found.append(f"{len(faces.index.rejected):,} left out")
    return found


def chips(view: View, terms: Sequence[str], faces: FaceSet | None) -> list[str]:
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
    return words
