"""The numbers of a data set, counted off the screen once somebody looks at them."""

from __future__ import annotations

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from agegender_tui.dataset import number_text
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.numbers import Numbers, numbers_of


class NumbersPane(VerticalScroll):
    """Charts and tables, as wide as the pane."""

    DEFAULT_CSS = """
    NumbersPane { padding: 0 1; scrollbar-size-vertical: 1; }
    NumbersPane #numbers-text { height: auto; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.numbers: Numbers | None = None
        self._faces: FaceSet | None = None
        self._in_view = False

    def compose(self) -> ComposeResult:
        yield Static(id="numbers-text", markup=False)

    def look_at(self, faces: FaceSet | None) -> None:
        """Another data set, or another state of it; None while there is none."""
        self._faces = faces
        if self._in_view and faces is not None:
            self._count(faces)
        else:
            self.numbers = None
            self._fill()

    def in_view(self, is_in_view: bool) -> None:
        """Whether somebody looks."""
        self._in_view = is_in_view
        if is_in_view and self.numbers is None and self._faces is not None:
            self._count(self._faces)
        self._fill()

    def on_resize(self) -> None:
        self._fill()

    @work(thread=True, exclusive=True, group="numbers")
    def _count(self, faces: FaceSet) -> None:
        numbers = numbers_of(faces)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._counted, faces, numbers)

    def _counted(self, faces: FaceSet, numbers: Numbers) -> None:
        if faces is self._faces:
            self.numbers = numbers
            self._fill()

    def _fill(self) -> None:
        if not self._in_view:
            return
        text = Content("counting…")
        if self.numbers is not None:
            size = self.screen.size
            text = number_text.page(self.numbers, max(40, size.width - 4), size.height - 3)
        self.query_one("#numbers-text", Static).update(text)
