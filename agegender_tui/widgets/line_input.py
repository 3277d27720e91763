"""A one-line text field that shows control characters instead of sending them to the terminal."""

from __future__ import annotations

from rich.highlighter import Highlighter
from rich.text import Text
from textual.suggester import Suggester
from textual.widgets import Input

from trainer.text import printable

_STAND_IN = "\N{REPLACEMENT CHARACTER}"


class _Visible(Highlighter):
    """One stand-in for each dangerous character, so that the cursor stays where it belongs."""

    def __call__(self, text: str | Text) -> Text:
        shown = "".join(char if printable(char) == char else _STAND_IN for char in str(text))
        return Text(shown, no_wrap=True, overflow="ignore", end="")

    def highlight(self, text: Text) -> None:
        """Nothing is coloured."""


class LineInput(Input):
    """A compact `Input`, one row high."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        suggester: Suggester | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(
            value,
            placeholder=placeholder,
            highlighter=_Visible(),
            suggester=suggester,
            compact=True,
            id=id,
            classes=classes,
        )
