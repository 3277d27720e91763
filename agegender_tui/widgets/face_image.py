"""One picture, as large as its widget lets it be, by the best protocol of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import work
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker, get_current_worker

from agegender_tui.pictures.output import Drawing, pictures_of
from trainer.terminal_pictures import WORDS
from trainer.text import printable

if TYPE_CHECKING:
    from PIL.Image import Image


class FaceImage(Widget):
    """Shows what `show` was last given; the picture is drawn on a thread of its own.

    Open pictures on a thread, with `trainer.data.picture_file.open_picture`, and shrink what is
    far larger than the screen before it comes here.
    """

    DEFAULT_CSS = "FaceImage { width: 1fr; height: 1fr; }"

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._picture: Image | None = None
        self._words = ""
        self._drawing: Drawing | None = None

    def show(self, picture: Image | None, words: str = "") -> None:
        """Show an RGB picture; `words` stand where there is none, or the terminal shows none."""
        self._picture, self._words = picture, words
        if picture is None:
            self._drawing = None
        self._draw_anew()

    def on_mount(self) -> None:
        pictures = pictures_of(self.app)
        pictures.changed.subscribe(self, lambda _: self._draw_anew())
        pictures.keep_painted(self)

    def on_resize(self, _: Resize) -> None:
        self._draw_anew()

    def _draw_anew(self) -> None:
        self.refresh()
        if self._picture is not None and self.is_attached and self.size.area:
            self._draw(self._picture, *self.size)

    @work(thread=True, exclusive=True, group="draw")
    def _draw(self, picture: Image, columns: int, rows: int) -> None:
        worker, pictures = get_current_worker(), pictures_of(self.app)
        if pictures.protocol != WORDS:
            drawing = pictures.draw(picture, *pictures.fit(picture.size, columns, rows))
            self.app.call_from_thread(self._take, worker, picture, drawing)

    def _take(self, worker: Worker[None], picture: Image, drawing: Drawing) -> None:
        """One that was asked for since, of another size maybe, can have come sooner."""
        if picture is self._picture and not worker.is_cancelled:
            self._drawing = drawing
            self.refresh()

    @property
    def _place(self) -> Region:
        """Where the picture lies in the widget: in the middle."""
        drawing = self._drawing
        if drawing is None:
            return Region()
        left = max(0, (self.size.width - drawing.columns) // 2)
        top = max(0, (self.size.height - drawing.rows) // 2)
        return Region(left, top, drawing.columns, drawing.rows)

    def render_line(self, y: int) -> Strip:
        """A line of the picture, or the words in the middle line."""
        style, width = self.rich_style, self.size.width
        drawing, place = self._drawing, self._place
        if drawing is None:
            words = printable(self._words) if y == self.size.height // 2 else ""
            left = " " * max(0, (width - cell_len(words)) // 2)
            return Strip([Segment(set_cell_size(left + words, width), style)], width)
        if not place.y <= y < place.bottom:
            return Strip.blank(width, style)
        return Strip.join(
            [
                Strip.blank(place.x, style),
                drawing.strips[y - place.y],
                Strip.blank(max(0, width - place.right), style),
            ]
        ).crop(0, width)

    def painted(self) -> list[tuple[Region, Drawing]]:
        """The picture, where there is one, and its place on the screen."""
        if self._drawing is None:
            return []
        return [(self._place.translate(self.content_region.offset), self._drawing)]
