"""A picture file with a box round each face."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.events import Resize
from textual.message import Message
from textual.worker import get_current_worker

from agegender_tui.pictures.output import pictures_of
from agegender_tui.predicting.boxes import Marks, marked
from agegender_tui.widgets.face_image import FaceImage

if TYPE_CHECKING:
    from PIL.Image import Image


class BoxedPicture(FaceImage):
    """Opens the file once, on a thread, as large as the widget needs it."""

    class Unreadable(Message):
        """The file gives no picture; `why` in a few words."""

        def __init__(self, file: Path, why: str) -> None:
            super().__init__()
            self.file, self.why = file, why

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._file: Path | None = None
        self._marks: Marks | None = None
        self._opened: tuple[Path, int, Image] | None = None

    def open(self, file: Path | None) -> None:
        """Show another picture, without boxes; None shows nothing."""
        self._file, self._marks = file, None
        if file is None:
            self.show(None)
        self._prepare()

    def mark(self, marks: Marks | None) -> None:
        """Lay boxes over the picture shown."""
        self._marks = marks
        self._prepare()

    def on_resize(self, _: Resize) -> None:
        self._prepare()

    def _prepare(self) -> None:
        if self._file is not None and self.is_attached and self.size.area:
            self._prepare_in_thread(self._file, self._marks, *self.size)

    @work(thread=True, exclusive=True, group="boxed-picture")
    def _prepare_in_thread(self, file: Path, marks: Marks | None, columns: int, rows: int) -> None:
        from trainer.data.picture_file import UnreadableFace

        worker, pictures = get_current_worker(), pictures_of(self.app)
        try:
            whole = self._open(file, pictures.enough(columns, rows))
        except UnreadableFace as why:
            self.app.call_from_thread(self._refuse, file, str(why))
            return
        # Exactly the pixels that are drawn, so that a line one pixel wide stays one.
        cells = pictures.fit(whole.size, columns, rows)
        size = (pictures.enough(cells[0], 0), pictures.enough(0, cells[1]))
        if size[0] < whole.width:
            whole = whole.resize(size, reducing_gap=2.0)
        picture = marked(whole, marks)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take_in, file, picture)

    def _open(self, file: Path, enough: int) -> Image:
        from trainer.data.picture_file import open_picture

        known = self._opened
        if known is not None and known[0] == file and known[1] >= enough:
            return known[2]
        picture = open_picture(file, at_least=enough)
        picture.thumbnail((2 * enough, 2 * enough))
        self._opened = (file, enough, picture)
        return picture

    def _take_in(self, file: Path, picture: Image) -> None:
        if file == self._file:
            self.show(picture)

    def _refuse(self, file: Path, why: str) -> None:
        if file == self._file:
            self.show(None)
            self.post_message(self.Unreadable(file, why))
