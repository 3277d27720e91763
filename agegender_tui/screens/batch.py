"""Name the pictures to predict into a table, and the table."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from agegender_tui.predicting.many_files import is_picture
from agegender_tui.predicting.table import ENDINGS
from agegender_tui.screens.dialog import Dialog
from agegender_tui.widgets.line_input import LineInput
from agegender_tui.widgets.path_input import PathInput
from trainer.errors import UserError
from trainer.text import printable
from trainer.user_path import absolute_path


class BatchScreen(Dialog[tuple[str, Path] | None]):
    """Answers with the source and the table's path, None if nothing is to be done."""

    DEFAULT_CSS = """
    BatchScreen { align: center middle; }
    BatchScreen > Vertical {
        width: 76; max-width: 94%; height: auto; padding: 0 1;
        background: $surface; border: round $primary;
    }
    BatchScreen #out { margin-top: 0; }
    BatchScreen #said { height: auto; color: $text-muted; }
    BatchScreen #said.wrong { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Back")]

    def __init__(self, source: str, out: str) -> None:
        super().__init__()
        self._source, self._out = source, out

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Predict which pictures? A folder with all below, a pattern, or @LIST")
            yield PathInput(self._source, id="source", wanted=is_picture)
            yield Static("Into which table? .csv or .jsonl; one that exists is gone on with")
            yield LineInput(self._out, id="out")
            yield Static("enter starts, tab changes the line, esc goes back", id="said")

    def on_input_submitted(self, _: Input.Submitted) -> None:
        source = self.query_one("#source", Input).value.strip()
        out = self.query_one("#out", Input).value.strip()
        problem, table = _problem(source, out), Path()
        try:
            table = absolute_path(out)
        except UserError as error:
            problem = str(error)
        if problem:
            said = self.query_one("#said", Static)
            said.add_class("wrong")
            said.update(printable(problem))
        else:
            self.dismiss((source, table))

    def action_cancel(self) -> None:
        self.dismiss(None)


def _problem(source: str, out: str) -> str:
    if not source:
        return "Name a folder, a pattern such as photos/*.jpg, or @LIST with a path a line."
    if not out.lower().endswith(ENDINGS):
        return f"{out or 'The table'}: let its name end in {' or '.join(ENDINGS)}."
    return ""
