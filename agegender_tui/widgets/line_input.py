"""A one-line text field that shows control characters instead of sending them to the terminal."""

from __future__ import annotations

from rich.highlighter import Highlighter
from rich.text import Text
from textual.events import Key
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
    """A compact `Input`, one row high, that does what keys say in the order they come."""

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

    async def _on_key(self, event: Key) -> None:
        """Textual enters letters at once, but moves, deletes and submits only once the key came
        back from the application: of a burst, as a slow line or a busy machine make them, the
        letters after a backspace would be deleted in place of those before it."""
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if not binding.priority and await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return
