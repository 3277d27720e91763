"""One face large, and beside it all that is known of it."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static
from textual.worker import get_current_worker

from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.face_text import facts, label_words
from agegender_tui.pictures.output import pictures_of
from agegender_tui.widgets.face_image import FaceImage

_NAME_WIDTH = 6


class FaceCard(Horizontal):
    """Shows a row of a face set; the picture is opened on a thread."""

    DEFAULT_CSS = """
    FaceCard FaceImage { width: 3fr; }
    FaceCard VerticalScroll { width: 2fr; min-width: 34; padding: 0 1; scrollbar-size-vertical: 1; }
    """

    def compose(self) -> ComposeResult:
        yield FaceImage()
        with VerticalScroll(can_focus=False):
            yield Static(id="facts", markup=False)

    def show(self, faces: FaceSet, row: int, place: str) -> None:
        """`place` says which of how many faces it is."""
        self._tell(faces, row, place, None)
        room = self.query_one(FaceImage).size
        if room.area:
            self._open(faces, row, place, pictures_of(self.app).enough(*room))

    def _tell(self, faces: FaceSet, row: int, place: str, pixels: tuple[int, int] | None) -> None:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=_NAME_WIDTH, no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in [("", place), *facts(faces, row, pixels)]:
            table.add_row(Text(name, style="dim"), Text(value, style="" if name else "dim"))
        self.query_one("#facts", Static).update(table)

    @work(thread=True, exclusive=True, group="face-card")
    def _open(self, faces: FaceSet, row: int, place: str, enough: int) -> None:
        from trainer.data.picture_file import UnreadableFace, open_picture

        worker = get_current_worker()
        path: Path = faces.index.folder / faces.name(row)
        picture, words, pixels = None, "", None
        try:
            picture = open_picture(path)
        except UnreadableFace as why:
            words = str(why)
        else:
            pixels, words = picture.size, label_words(faces, row)
            picture.thumbnail((enough, enough))

        def take() -> None:
            if not worker.is_cancelled:  # a face that was wanted later may have come sooner
                self.query_one(FaceImage).show(picture, words)
                self._tell(faces, row, place, pixels)

        self.app.call_from_thread(take)
