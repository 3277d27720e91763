"""Which cells updates of the screen wrote: what sixels lay there is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from textual.geometry import Region


class Written:
    """The cells of all updates it was told of."""

    def __init__(self) -> None:
        self._whole = False
        self._lines: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)

    def add(self, update: Any) -> None:
        """Take in an update as Textual's compositor makes them: in spans, or whole."""
        spans: Iterable[tuple[int, int, int]] | None = getattr(update, "spans", None)
        if spans is None:
            self._whole = True
            return
        chops = getattr(update, "chops", None)
        for y, left, right in spans:
            # A span is written from the edge of the widget on in which it begins.
            edges = chops[y] if chops is not None else ()
            begin = max((edge for edge in edges if edge <= left), default=0)
            self._lines[y].append((begin, right))

    def touches(self, region: Region) -> bool:
        """Whether any cell of a region of the screen was written."""
        return self._whole or any(
            left < region.right and right > region.x
            for y in range(region.y, region.bottom)
            for left, right in self._lines.get(y, ())
        )
