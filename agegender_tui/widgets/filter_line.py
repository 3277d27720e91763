"""The line in which one types what the list of runs is narrowed to."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from agegender_tui.run_filter import Filter, parse
from agegender_tui.widgets.line_input import LineInput
from trainer.errors import UserError
from trainer.text import printable


class FilterLine(Vertical):
    """The field and, below it, how many runs fit or what is wrong."""

    class Changed(Message):
        """What was typed is a filter."""

        def __init__(self, filter: Filter) -> None:
            super().__init__()
            self.filter = filter

    class Left(Message):
        """The user is done with it, and the filter stays."""

    def __init__(self) -> None:
        super().__init__(id="filter-row")

    def compose(self) -> ComposeResult:
        yield LineInput(placeholder="model=A mae<6.5 state=finished word", id="filter")
        yield Static(id="filter-said", markup=False)

    @property
    def field(self) -> Input:
        return self.query_one("#filter", Input)

    @property
    def _said(self) -> Static:
        return self.query_one("#filter-said", Static)

    def clear(self) -> None:
        """Empty the field, without word of it."""
        with self.field.prevent(Input.Changed):
            self.field.value = ""
        self._said.remove_class("wrong")

    def say_fit(self, shown: int, of: int) -> None:
        """How many runs fit."""
        self._said.update(f"{shown:,} of {of:,} fit; enter keeps it, esc clears it")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            found = parse(event.value)
        except UserError as error:
            self._said.add_class("wrong")
            self._said.update(printable(str(error)))
            return
        self._said.remove_class("wrong")
        self.post_message(self.Changed(found))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._said.has_class("wrong"):
            self.post_message(self.Left())
