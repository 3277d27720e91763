"""Name a folder of faces to look at."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from agegender_tui.screens.dialog import Dialog
from agegender_tui.widgets.path_input import PathInput


class PickFolderScreen(Dialog[str]):
    """Answers with what was typed, '' if nothing is to change."""

    DEFAULT_CSS = """
    PickFolderScreen { align: center middle; }
    PickFolderScreen > Vertical {
        width: 76; max-width: 94%; height: auto; padding: 0 1;
        background: $surface; border: round $primary;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Back")]

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Look at which folder of faces? enter opens it, esc goes back")
            yield PathInput(self._folder)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())

    def action_cancel(self) -> None:
        self.dismiss("")
