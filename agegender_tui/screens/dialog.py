"""What screens that ask something share: each is answered once."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen, ScreenResultType


class AnsweredOnce(Screen[ScreenResultType]):
    """A screen that is gone with its answer."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Answer; a second time, as two quick keys ask for it, does nothing."""
        # Textual takes away whatever is on top, which by then is the screen below.
        if self not in self.app.screen_stack:
            return AwaitComplete()
        return super().dismiss(result)


class Dialog(ModalScreen[ScreenResultType], AnsweredOnce[ScreenResultType]):
    """One that lies over the screen below. Its first base is the one that brings the looks."""
