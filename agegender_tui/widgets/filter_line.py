"""The line in which one types what a list is narrowed to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from agegender_tui.filter_language import Filter
from agegender_tui.widgets.line_input import LineInput
from trainer.errors import UserError
from trainer.text import printable


class FilterLine(Vertical):
    """The field and, below it, a word of help or what is wrong. `parse` reads what was typed, or
    raises UserError. Shown by the screen's class `filtering`."""

    DEFAULT_CSS = """
    FilterLine { height: auto; display: none; }
    FilterLine #filter { border: none; height: 1; padding: 0 1; background: $surface; }
    FilterLine #filter-said { height: auto; padding: 0 1; color: $text-muted; }
    FilterLine #filter-said.wrong { color: $text-error; }
    """

    class Changed(Message):
        """What was typed is a filter."""

        def __init__(self, text: str, filter: Filter[Any]) -> None:
            super().__init__()
            self.text, self.filter = text, filter

    class Left(Message):
        """The user is done with it, and the filter stays."""

    def __init__(self, placeholder: str, parse: Callable[[str], Filter[Any]]) -> None:
        super().__init__()
        self._placeholder, self._parse = placeholder, parse
        self._help = ""

    def compose(self) -> ComposeResult:
        yield LineInput(placeholder=self._placeholder, id="filter")
        yield Static(id="filter-said", markup=False)

    @property
    def field(self) -> Input:
        return self.query_one("#filter", Input)

    @property
    def _said(self) -> Static:
        return self.query_one("#filter-said", Static)

    def clear(self) -> None:
        """Empty the field, without word of it."""
        self.fill("")

    def fill(self, text: str) -> None:
        """Have a filter stand there, without word of it."""
        with self.field.prevent(Input.Changed):
            self.field.value = text
        self._said.remove_class("wrong")

    def say(self, words: str) -> None:
        """What helps while one types."""
        self._help = words
        # Word of what was typed before may come when more was typed that is wrong.
        if not self._said.has_class("wrong"):
            self._said.update(words)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            found = self._parse(event.value)
        except UserError as error:
            self._said.add_class("wrong")
            self._said.update(printable(str(error)))
            return
        self._said.remove_class("wrong")
        self._said.update(self._help)
        self.post_message(self.Changed(event.value, found))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._said.has_class("wrong"):
            self.post_message(self.Left())
