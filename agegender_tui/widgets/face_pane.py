"""One face: its crop, and what each model says of it."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from agegender_tui.predicting import face_words
from agegender_tui.predicting.answers import FileAnswer, as_picture
from agegender_tui.widgets.face_image import FaceImage
from trainer.text import printable


class FacePane(Vertical):
    """Shows one face of an answer; nothing between answers."""

    DEFAULT_CSS = """
    FacePane { padding: 0 1; }
    FacePane #face-title { height: auto; color: $text-muted; }
    FacePane #face-table { height: auto; margin-top: 1; }
    FacePane #face-note { height: auto; color: $text-muted; max-height: 6; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._crop = ""
        self._shown: tuple[FileAnswer, int, Mapping[str, str]] | None = None

    def on_resize(self) -> None:
        if self._shown is not None:
            self.show(*self._shown)

    def compose(self) -> ComposeResult:
        yield Static(id="face-title", markup=False)
        yield FaceImage(id="face-crop")
        yield Static(id="face-table", markup=False)
        yield Static(id="face-note", markup=False)

    def clear(self) -> None:
        """Show no face."""
        self._crop, self._shown = "", None
        self._put(Content(""), Content(""), "")
        self.query_one("#face-crop", FaceImage).show(None)

    def show(self, answer: FileAnswer, chosen: int, uncalibrated: Mapping[str, str]) -> None:
        """`uncalibrated` says of models why they give no interval."""
        self._shown = (answer, chosen, uncalibrated)
        face = answer.faces[chosen]
        why = [uncalibrated.get(one.model, "") for one in face.estimates if one.low is None]
        note = next(filter(None, why), "")
        width = max(24, self.size.width - 2)
        self._put(
            Content(face_words.face_title(answer, chosen)),
            face_words.estimates_table(face, width),
            f"– no interval, not calibrated: {printable(note)}" if note else "",
        )
        if face.crop != self._crop:
            self._crop = face.crop
            self.query_one("#face-crop", FaceImage).show(
                as_picture(face.crop), face_words.in_short(face)
            )

    def _put(self, title: Content, table: Content, note: str) -> None:
        self.query_one("#face-title", Static).update(title)
        self.query_one("#face-table", Static).update(table)
        shown = self.query_one("#face-note", Static)
        shown.update(note)
        shown.display = bool(note)
