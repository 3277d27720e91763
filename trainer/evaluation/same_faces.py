"""Whether figures that stand side by side are of the same faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def same_faces(summaries: Sequence[Any]) -> bool:
    """Of evaluations on one data set, each a mapping as `evaluation.json` has it: whether they are
    of the same files and left out the same of them."""
    return len({_faces(one) for one in summaries}) < 2


def _faces(summary: Any) -> tuple[object, ...]:
    left_out = frozenset(str(name) for name, _ in summary["left_out"].get("files", ()))
    data = summary["data"]
    return data.get("fingerprint"), data["faces"], left_out
