"""How many trials a study that has had all of them is to have instead."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from agegender_tui.screens.dialog import Dialog
from agegender_tui.widgets.line_input import LineInput
from trainer.tuning.best import count_text
from trainer.tuning.study import MOST_TRIALS


class MoreTrialsScreen(Dialog[int | None]):
    """Answers with the new number of trials, None if the study is left as it is."""

    DEFAULT_CSS = """
    MoreTrialsScreen { align: center middle; }
    MoreTrialsScreen > Vertical {
        width: 70; max-width: 90%; height: auto; padding: 0 1;
        background: $surface; border: round $primary;
    }
    MoreTrialsScreen #wrong { height: auto; color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Back")]

    def __init__(self, name: str, ended: int, more: int) -> None:
        super().__init__()
        self._name, self._ended, self._more = name, ended, more

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(
                f"{self._name} has had its {count_text(self._ended)}. How many shall it have in "
                "all? enter goes on, esc leaves it",
                markup=False,
            )
            yield LineInput(str(min(self._ended + self._more, MOST_TRIALS)))
            yield Static(id="wrong", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        number = int(typed) if typed.isdecimal() and len(typed) < 9 else 0
        if self._ended < number <= MOST_TRIALS:
            self.dismiss(number)
        else:
            self.query_one("#wrong", Static).update(f"✗ give {self._ended + 1} to {MOST_TRIALS}")

    def action_cancel(self) -> None:
        self.dismiss(None)
