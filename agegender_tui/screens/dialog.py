"""What screens that ask something share: one question at a time, and each is answered once."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen, ScreenResultType

Answer = TypeVar("Answer")


class AskingScreen(Screen[None]):
    """A screen that asks by other screens."""

    _asking = False

    async def ask(self, question: Screen[Answer]) -> Answer | None:
        """What the user answers; None if a question is there already, as of two quick keys the
        first has asked it."""
        if self._asking:
            return None
        self._asking = True
        try:
            return await self.app.push_screen_wait(question)
        finally:
            self._asking = False


class AnsweredOnce(Screen[ScreenResultType]):
    """A screen that is gone with its answer."""

    @property
    def gone(self) -> bool:
        """Whether it was answered or left: what a thread finds then comes to no widgets."""
        return self not in self.app.screen_stack or not self.children

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Answer; a second time, as two quick keys ask for it, does nothing."""
        # Textual takes away whatever is on top, which by then is the screen below.
        if self not in self.app.screen_stack:
            return AwaitComplete()
        while not self.is_active:  # the help or the palette may lie over it
            self.app.pop_screen()
        return super().dismiss(result)


class Dialog(ModalScreen[ScreenResultType], AnsweredOnce[ScreenResultType]):
    """One that lies over the screen below. Its first base is the one that brings the looks."""

    # The keys of everywhere do not reach a modal screen, and `?` is text in its fields.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "app.help", "Help", show=False)]
