"""Grad-CAM maps side by side, each with its caption."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from agegender_tui.predicting.answers import HeatMap, as_picture
from agegender_tui.predicting.face_words import heat_caption
from agegender_tui.widgets.face_image import FaceImage

LEAST_COLUMNS = 30  # of a map, below which a face is hard to see in half blocks
MOST = 4


class HeatView(Vertical):
    """One map."""

    DEFAULT_CSS = """
    HeatView { display: none; width: 1fr; }
    HeatView.-shown { display: block; }
    HeatView Static { height: auto; max-height: 3; text-align: center; padding: 0 1; }
    """

    def compose(self) -> ComposeResult:
        yield FaceImage()
        yield Static(markup=False)

    def __init__(self) -> None:
        super().__init__()
        self._heat: HeatMap | None = None

    @property
    def filled(self) -> bool:
        """Whether a map is shown."""
        return self._heat is not None

    def put(self, heat: HeatMap | None, words: str) -> None:
        """Show a map, or words where there is none yet."""
        if heat is not None and heat is self._heat:
            return
        self._heat = heat
        picture = as_picture(heat.overlay) if heat is not None else None
        self.query_one(FaceImage).show(picture, words)
        self.query_one(Static).update(heat_caption(heat) if heat is not None else "")


class HeatRow(Horizontal):
    """As many maps as there is room for."""

    class RoomChanged(Message):
        """There is room for more maps than are shown, or for fewer."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._had_room = 1

    def on_resize(self) -> None:
        if self.room != self._had_room:
            self._had_room = self.room
            if any(view.filled for view in self.query(HeatView)):
                self.post_message(self.RoomChanged())

    def compose(self) -> ComposeResult:
        for _ in range(MOST):
            yield HeatView()

    @property
    def room(self) -> int:
        """How many maps it can show."""
        return max(1, min(MOST, self.size.width // LEAST_COLUMNS))

    def show(self, maps: Sequence[HeatMap | None], words: str = "") -> None:
        """Show the first of `maps`, and `words` where one is still to come."""
        shown = maps[: self.room]
        for place, view in enumerate(self.query(HeatView)):
            there = place < len(shown)
            view.set_class(there, "-shown")
            if there:
                view.put(shown[place], words)
            else:
                view.put(None, "")
