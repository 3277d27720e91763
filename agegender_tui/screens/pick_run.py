"""Choose a run to lay over the one shown, or one to take away again."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from agegender_tui.run_states import GLYPHS
from agegender_tui.screens.dialog import Dialog
from trainer.errors import UserError
from trainer.runs.registry import Registry, RunSummary
from trainer.text import printable


class PickRunScreen(Dialog[str | None]):
    """Answers with the id of the run chosen, None if there was none."""

    DEFAULT_CSS = """
    PickRunScreen { align: center middle; }
    PickRunScreen > Vertical {
        width: 90%; max-width: 90; height: auto; max-height: 80%;
        background: $surface; border: round $primary; padding: 0 1;
    }
    PickRunScreen OptionList { height: auto; max-height: 100%; border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Back")]

    class Listed(Message):
        """The runs to choose from, or in `problem` why they cannot be listed."""

        def __init__(self, found: list[RunSummary], problem: str = "") -> None:
            super().__init__()
            self.found, self.problem = found, problem

    def __init__(
        self,
        root: Path,
        shown: str,
        overlaid: list[str],
        question: str = "Lay which run over this one?",
    ) -> None:
        super().__init__()
        self._root, self._shown, self._overlaid = root, shown, overlaid
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(f"{self._question} Looking…", id="question", markup=False)
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        self._list()

    @work(thread=True)
    def _list(self) -> None:
        try:
            found = [one for one in Registry(self._root).list() if one.id != self._shown]
        except UserError as error:
            self.post_message(self.Listed([], str(error)))
        else:
            self.post_message(self.Listed([one for one in found if not one.problem]))

    def on_pick_run_screen_listed(self, event: Listed) -> None:
        if self.gone:
            return
        found = event.found
        question = f"{self._question} enter chooses, esc goes back"
        if event.problem:
            question = f"{printable(event.problem)}. esc goes back"
        elif not found:
            question = "There is no other run. esc goes back"
        self.query_one("#question", Static).update(Content(question))
        options = self.query_one(OptionList)
        # The overlaid ones first, so that they are easy to take away.
        for one in sorted(found, key=lambda one: one.id not in self._overlaid):
            options.add_option(Option(self._row(one), id=one.id))
        options.display = bool(found)
        options.focus()

    def _row(self, one: RunSummary) -> Content:
        best = one.status.best.get("age_mae")
        words = [
            f"{GLYPHS.get(one.state, '·')} {one.state:<9} {one.id}",
            f"epoch {one.status.epoch}/{one.status.epochs}",
            f"MAE {best:.2f}" if best is not None else "",
            printable(one.label),
        ]
        taken = Content.styled("take away  ", "$text-warning")
        row = Content("  ".join(filter(None, words)))
        return taken + row if one.id in self._overlaid else row

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def action_cancel(self) -> None:
        self.dismiss(None)
