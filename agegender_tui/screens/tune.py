"""The Tune screen: studies that search for settings, their trials, and what came of them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import DataTable, Static

from agegender_tui.keymap import bindings
from agegender_tui.screens.study_list import StudyList
from agegender_tui.tuning import heading
from agegender_tui.tuning.charts import chart, importances
from agegender_tui.tuning.promotion import promoted
from agegender_tui.tuning.tradeoff import tradeoff
from agegender_tui.tuning.trial_table import FIXED
from agegender_tui.widgets.evaluation_chart import EvaluationChart
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.runs_table import RunsTable
from trainer.errors import UserError

if TYPE_CHECKING:
    from agegender_tui.app import AgeGenderApp

WIDE_FROM = 170
SIDE_WIDTH = 74
SHORT, LOW = 30, 20  # lines below which words are cut, and the list makes room for the trials
# The most rows of the list, by the least height of the screen.
ROWS = ((40, 10), (24, 5), (0, 3))
VIEWS = {
    "trials": "trials",
    "chart": "chart",
    "tradeoff": "trade-off",
    "importances": "what matters",
}


class TuneScreen(StudyList):
    """A list of studies and, of the one under the cursor, its trials, two charts and what
    matters. It stays as it was left while other screens are shown."""

    CSS_PATH = "tune.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("tune")]

    _view = next(iter(VIEWS))

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield RunsTable(id="studies")
        yield Static(id="empty", markup=False)
        yield Static(id="heading", classes="-of-a-study", markup=False)
        yield Static(id="tabs", classes="-of-a-study", markup=False)
        with Container(id="views", classes="-of-a-study"):
            yield RunsTable(id="trials")
            with Vertical(id="side"):
                with Container(id="charts"):
                    yield EvaluationChart("chart")
                    yield EvaluationChart("tradeoff")
                yield Static(id="importances", markup=False)
        yield Static(id="problem", markup=False)
        yield Static(id="detail", classes="-of-a-study", markup=False)
        yield KeyFooter()

    @property
    def _owner(self) -> AgeGenderApp:
        return cast("AgeGenderApp", self.app)

    def on_mount(self) -> None:
        self.trials.fixed_columns = FIXED
        self.studies.focus()
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        self.set_class(self._wide, "-wide")
        self.set_class(self.size.height < SHORT, "-short")
        self.set_class(self.size.height < LOW, "-low")
        for view in VIEWS:
            self.set_class(not self._wide and view == self._view, f"-{view}")
        self.show()

    @property
    def _wide(self) -> bool:
        """Whether there is room for all views beside each other."""
        return self.size.width >= WIDE_FROM

    @property
    def _inside(self) -> bool:
        """Whether the keys go to the trials."""
        return self.has_class("-inside")

    # Words and drawings

    def tell(self) -> None:
        one = self.target()
        most = next(rows for least, rows in ROWS if self.size.height >= least)
        self.studies.styles.height = 1 + min(max(1, len(self.found)), most)
        words = heading.of_list(self.found) if self.listed else ["looking for studies…"]
        name = Content.styled("Tune  ", "bold $text-primary")
        self.query_one("#head", Static).update(name + Content(" · ".join(words)))
        self.query_one("#empty", Static).update(heading.empty())
        self.query_one("#heading", Static).update(
            "\n".join(heading.of_study(one)) if one is not None else ""
        )
        self.query_one("#tabs", Static).update(self._tabs())
        self.tell_problem()
        self._tell_detail()
        if one is not None:
            width = (SIDE_WIDTH if self._wide else self.size.width) - 4
            self.query_one("#chart", EvaluationChart).show(chart(one))
            self.query_one("#tradeoff", EvaluationChart).show(tradeoff(one))
            self.query_one("#importances", Static).update("\n".join(importances(one, width)))

    def _tabs(self) -> Content:
        return Content("").join(
            Content.styled(f" {words} ", "reverse" if name == self._view else "$text-muted")
            for name, words in VIEWS.items()
        )

    def _tell_detail(self) -> None:
        one, trial = self.target(), self.trial() if self._inside else None
        words = ""
        if one is not None and trial is not None:
            words = heading.of_trial(one, trial)
        elif one is not None:
            words = heading.of_search(one)
        self.query_one("#detail", Static).update(words)

    # From the list to the trials, and back

    def give_focus(self) -> None:
        self.set_focus(self.trials if self._inside else self.studies)

    def _enter(self, inside: bool) -> None:
        """Let the keys go to the trials, or to the list."""
        # What hides must not have the focus: Textual would hand it on to anything.
        self.set_focus(None)
        self.set_class(inside, "-inside")
        self.give_focus()
        self.tell()

    def leave_trials(self) -> None:
        if self._inside:
            self._enter(False)

    def _look_at(self, view: str) -> None:
        self._view = view
        if self._inside and view != "trials":
            self._enter(False)
        self._lay_out()

    def action_open(self) -> None:
        """From the list to the trials; from a trial to its run."""
        if not self._inside:
            if self.trials.order:
                self._look_at("trials")
                self._enter(True)
            return
        trial = self.trial()
        if trial is not None and trial.run:
            self._owner.open_runs([trial.run], self.runs_root)
        elif trial is not None:
            self.say(f"trial {trial.number} has no run: {trial.text}", "warning")

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """A click where the cursor is already; the first one gives the keys to the table."""
        if (event.data_table is self.trials) == self._inside:
            self.action_open()

    def on_descendant_focus(self) -> None:
        """A click gives the keys to a table."""
        # Not to the table that the event names: keys may have given them to another since.
        inside = self.focused is self.trials
        if self.focused is not None and inside != self._inside:
            self.set_class(inside, "-inside")
            self.tell()

    def action_next_view(self, by: int) -> None:
        if not self._wide:
            names = list(VIEWS)
            self._look_at(names[(names.index(self._view) + by) % len(names)])
        elif self._inside or self.trials.order:
            self._enter(not self._inside)

    def action_scroll_columns(self, by: int) -> None:
        self.trials.scroll_relative(x=12 * by, animate=False)

    def action_back(self) -> None:
        """From the trials to the list; from there to the runs."""
        if self._inside:
            self._enter(False)
        else:
            self.app.pop_screen()

    # To the runs

    def action_promote(self) -> None:
        """The form for a run with the settings of a trial: the best one, from the list."""
        one = self.target()
        if one is None:
            return
        trial = self.trial() if self._inside else one.best
        if trial is None:
            self.say("no trial has finished yet: there is nothing to promote", "warning")
            return
        try:
            self._owner.new_run(promoted(one, trial))
        except UserError as error:
            self.say(str(error), "error")

    def action_runs(self) -> None:
        """The runs of its trials, in the list of runs."""
        one = self.target()
        if one is not None:
            self._owner.show_runs_of(shlex.quote(f"study={one.id}"))
