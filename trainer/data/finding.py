"""One thing that may be wrong with a data set, and the faces it is about."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """`kind` is the flag its faces carry; `severity` error (cannot be right), warning (look at it)
    or note. `faces` are (file, why), in groups of copies where `grouped`, and none where it is that
    a data set lacks faces; `filter` leads to them."""

    kind: str
    title: str
    severity: str
    advice: str
    faces: list[tuple[str, str]]
    groups: list[list[str]] = field(default_factory=list)
    filter: str = ""
