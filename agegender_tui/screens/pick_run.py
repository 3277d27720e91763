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

from agegender_tui.run_filter import Filter, parse
from agegender_tui.run_states import GLYPHS
from agegender_tui.screens.dialog import Dialog
from agegender_tui.widgets.filter_line import FilterLine
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
    PickRunScreen.filtering FilterLine { display: block; }
    PickRunScreen OptionList { height: auto; max-height: 100%; border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back"),
        # What is typed next, however fast, is text.
        Binding("slash", "filter", "Filter", priority=True),
    ]

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
        self._runs: list[RunSummary] = []
        self._filter: Filter = parse("")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(f"{self._question} Looking…", id="question", markup=False)
            yield FilterLine("model=A mae<6.5 state=finished word", parse)
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
        question = f"{self._question} enter chooses, / filters, esc goes back"
        if event.problem:
            question = f"{printable(event.problem)}. esc goes back"
        elif not event.found:
            question = "There is no other run. esc goes back"
        self.query_one("#question", Static).update(Content(question))
        # The overlaid ones first, so that they are easy to take away.
        self._runs = sorted(event.found, key=lambda one: one.id not in self._overlaid)
        self._fill()
        if not self.has_class("filtering"):
            self.query_one(OptionList).focus()

    def _fill(self) -> None:
        """Show the runs that fit, the first of them highlighted."""
        fitting = self._filter.fitting(self._runs)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._row(one), id=one.id) for one in fitting])
        options.highlighted = 0 if fitting else None
        options.display = bool(fitting)
        fit = f"{len(fitting):,} of {len(self._runs):,} fit"
        self.query_one(FilterLine).say(f"{fit}; enter goes to the list, esc clears it")

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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter's line its key is text."""
        return not (action == "filter" and self.query_one(FilterLine).has_focus_within)

    def action_filter(self) -> None:
        self.add_class("filtering")
        # At once, not as `focus` does after the keys that are already waiting.
        self.set_focus(self.query_one(FilterLine).field)

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        if self.has_class("filtering"):  # escape was not quicker
            self._filter = event.filter
            self._fill()

    def on_filter_line_left(self, _: FilterLine.Left) -> None:
        if self.query_one(OptionList).option_count:
            self.set_focus(self.query_one(OptionList))

    def action_cancel(self) -> None:
        """Drop the filter, or else go back."""
        if not self.has_class("filtering"):
            self.dismiss(None)
            return
        self.remove_class("filtering")
        self.query_one(FilterLine).clear()
        self._filter = parse("")
        self._fill()
        self.set_focus(self.query_one(OptionList))
