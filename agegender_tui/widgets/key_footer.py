"""The keys of a screen along its last line: as many as fit, each of them whole."""

from __future__ import annotations

from textual.geometry import Size
from textual.layout import ArrangeResult
from textual.layouts.horizontal import HorizontalLayout
from textual.widget import Widget
from textual.widgets import Footer


class _WholeOnly(HorizontalLayout):
    """From left to right, without what would not fit as a whole."""

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        placements = super().arrange(parent, children, size, greedy)
        return [one for one in placements if one.region.right <= size.width]


class KeyFooter(Footer):
    """Textual's footer cuts the last key anywhere ("3 Dat"); `?` tells the keys that are left
    out here."""

    _LAYOUT = _WholeOnly()

    @property
    def layout(self) -> _WholeOnly:
        return self._LAYOUT
