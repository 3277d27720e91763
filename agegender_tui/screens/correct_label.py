"""Put the label of a face right."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from agegender_tui.dataset.curating import label_text, parse_label
from agegender_tui.pictures.output import pictures_of
from agegender_tui.screens.dialog import Dialog
from agegender_tui.widgets.boxed_picture import BoxedPicture
from agegender_tui.widgets.line_input import LineInput
from trainer.data.labels import Label
from trainer.errors import UserError
from trainer.terminal_pictures import WORDS
from trainer.text import printable


class CorrectLabelScreen(Dialog[tuple[Label | None] | None]):
    """Answers with the label in a tuple, (None,) for the name's own, or None to leave it. It lies
    over the face in question, so it shows that itself where there is room."""

    DEFAULT_CSS = """
    CorrectLabelScreen { align: center middle; }
    CorrectLabelScreen > Vertical {
        width: 70; max-width: 90%; height: auto; padding: 0 1;
        background: $surface; border: round $primary;
    }
    CorrectLabelScreen BoxedPicture { height: 12; margin-bottom: 1; display: none; }
    CorrectLabelScreen.-tall BoxedPicture { display: block; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Back")]

    def __init__(self, name: str, label: Label | None, race: int | None, picture: Path) -> None:
        """`race` is known of some faces without a whole label, too."""
        super().__init__()
        self._name, self._label, self._race, self._picture = name, label, race, picture

    def compose(self) -> ComposeResult:
        with Vertical():
            if pictures_of(self.app).protocol != WORDS:
                yield BoxedPicture()
            yield Static(f"The label of {self._name}", markup=False)
            yield LineInput(
                label_text(self._label), placeholder="26 female, or 26 1 2 with the race code"
            )
            yield Static(
                "enter keeps it, esc leaves the old one; nothing goes back to the name's own"
                + "; without a race code the old one stays, - takes it away"
                * (self._race is not None),
                id="wrong-or-hint",
                markup=False,
            )

    def on_mount(self) -> None:
        for face in self.query(BoxedPicture):
            face.open(self._picture)

    def on_boxed_picture_unreadable(self, _: BoxedPicture.Unreadable) -> None:
        self.query(BoxedPicture).remove()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            self.dismiss((parse_label(event.value, self._race),))
        except UserError as error:
            self.query_one("#wrong-or-hint", Static).update(printable(str(error)))

    def action_cancel(self) -> None:
        self.dismiss(None)
