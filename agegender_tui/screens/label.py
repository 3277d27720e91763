"""A label for a run."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from agegender_tui.screens.dialog import Dialog
from agegender_tui.widgets.line_input import LineInput

LONGEST = 80


class LabelScreen(Dialog[str | None]):
    """Answers with the new label, None if it is to stay."""

    DEFAULT_CSS = """
    LabelScreen { align: center middle; }
    LabelScreen > Vertical {
        width: 70; max-width: 90%; height: auto; padding: 0 1;
        background: $surface; border: round $primary;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Back")]

    def __init__(self, run_id: str, label: str) -> None:
        super().__init__()
        self._run_id, self._label = run_id, label

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                f"Label of {self._run_id}; enter keeps it, esc leaves the old one", markup=False
            )
            yield LineInput(self._label)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip()[:LONGEST])

    def action_cancel(self) -> None:
        self.dismiss(None)
