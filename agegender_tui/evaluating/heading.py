"""The words around the list of evaluations: its head, and the line on the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.names import title
from agegender_tui.evaluating.pages import progress, unfinished
from agegender_tui.run_table import ago
from trainer.jobs.status import ACTIVE


def of_list(found: Sequence[Listed], fit: int | None) -> list[str]:
    """`3 evaluations`, `1 under way`, `2 fit`: `fit` the filter, None where there is none."""
    working = sum(one.state in ACTIVE for one in found)
    words = [f"{len(found):,} evaluation" + "s" * (len(found) != 1) if found else "none yet"]
    words += [f"{working} under way"] if working else []
    return words if fit is None else [*words, f"{fit:,} fit"]


def of_view(chosen: Sequence[Listed]) -> str:
    """What a view is of: the evaluation, or how many."""
    if not chosen:
        return "no evaluation fits"
    return title(chosen[0]) if len(chosen) == 1 else f"{len(chosen)} evaluations marked"


def line(one: Listed, found: Sequence[Listed], now: float) -> str:
    """Which evaluation of those found it is, and how it stands."""
    if one.done:
        asked = [f"asked {ago(now - one.asked)} ago"] if one.asked else []
        changed = ["the set was changed since"] if _is_of_older_faces(one, found) else []
        return " · ".join([title(one), *asked, *changed, "enter shows its figures"])
    what = progress(one) if one.state == "working" else unfinished(one)
    return f"{title(one)} · {what}"


def _is_of_older_faces(one: Listed, found: Sequence[Listed]) -> bool:
    """Whether the newest evaluation of the same model and set is of other faces or labels."""
    same = [other for other in found if other.done and _what(other) == _what(one)]
    newest = max(same, key=lambda other: other.asked, default=one)
    return newest.asked > one.asked and newest.faces_fingerprint != one.faces_fingerprint


def _what(one: Listed) -> tuple[str, str, str]:
    return one.model, str(one.summary["data"]["source"]), one.part
