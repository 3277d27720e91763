"""Whether figures that stand side by side are of the same data set, and of the same faces."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from trainer.data.source import parse_source


def same_set(summary: Any) -> tuple[str, str]:
    """What a data set and a part of it is told from others by, under whatever name and by whatever
    way it was given; of a mapping as `evaluation.json` has it."""
    source = parse_source(str(summary["data"]["source"]))
    there = replace(source, folder=Path(os.path.realpath(source.folder)))
    return str(there), str(summary["data"]["part"])


def same_faces(summaries: Sequence[Any]) -> bool:
    """Of evaluations on one data set, each a mapping as `evaluation.json` has it: whether they are
    of the same files and left out the same of them."""
    return len({_faces(one) for one in summaries}) < 2


def _faces(summary: Any) -> tuple[object, ...]:
    left_out = frozenset(str(name) for name, _ in summary["left_out"].get("files", ()))
    data = summary["data"]
    return data.get("fingerprint"), data["faces"], left_out
