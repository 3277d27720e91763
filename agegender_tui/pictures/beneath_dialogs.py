"""Keeps kitty's pictures where a dialog lies over them.

Textual tints what is seen beneath a translucent screen, colour by colour. The colour of a
placeholder is no colour but the number of a picture: tinted, it names another one, or none.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from rich.segment import Segment
from textual import screen
from textual.color import TRANSPARENT, Color
from textual.renderables.background_screen import BackgroundScreen

from agegender_tui.pictures.kitty import PLACEHOLDER


class _WithPictures(BackgroundScreen):
    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
        for pictures, alike in groupby(segments, lambda segment: PLACEHOLDER in segment.text):
            yield from super().process_segments(alike, TRANSPARENT if pictures else color)


def keep_pictures() -> None:
    """Let all screens that shine through leave placeholders as they are."""
    if hasattr(screen, "BackgroundScreen"):
        screen.BackgroundScreen = _WithPictures  # type: ignore[misc]
