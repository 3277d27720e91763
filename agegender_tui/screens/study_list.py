"""The list of studies and the table of the trials of the one under the cursor, kept up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from textual.widgets import DataTable

from agegender_tui.screens.tune_commands import TuneCommands
from agegender_tui.screens.watched_list import WatchedList
from agegender_tui.tuning import study_table, trial_table
from agegender_tui.tuning.listing import Listed, Listing
from agegender_tui.tuning.states import STUDIES, TRIALS
from agegender_tui.widgets.runs_table import Cells, RunsTable
from trainer.tuning.trial_log import Trial


class StudyList(WatchedList[Listed], TuneCommands):
    """A screen with the tables `#studies` and `#trials`."""

    def __init__(self, runs_root: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__(runs_root, "studies", Listing(runs_root).list, now)
        self._awaited = ""
        self._sort, self._turned = trial_table.VALUE, False
        self._shown_study = ""

    def tell(self) -> None:
        """Show all words, and what is drawn, anew."""
        raise NotImplementedError

    def give_focus(self) -> None:
        """Let the keys go to what is looked at."""
        raise NotImplementedError

    def leave_trials(self) -> None:
        """Let the keys go to the list: another study is looked at, or one without trials."""
        raise NotImplementedError

    @property
    def studies(self) -> RunsTable:
        return self.query_one("#studies", RunsTable)

    @property
    def trials(self) -> RunsTable:
        return self.query_one("#trials", RunsTable)

    # What there is

    def show(self) -> None:
        """Bring the tables and all words up to date."""
        columns = study_table.columns_for(self.size.width)
        self.studies.lay_out(columns, "")
        self.studies.fill({one.id: self._study_cells(one, columns) for one in self.found})
        self._go_to_awaited()
        empty = self.listed and not self.found and not self.problem
        self.studies.hide_if(empty, "-none", self.give_focus)
        self.show_trials()
        self.tell()

    def _study_cells(self, one: Listed, columns: Sequence[study_table.Column]) -> Cells:
        now = self.now
        colour = self._colour(STUDIES[one.state][2])
        texts = [
            (column.text(one, now), colour if column.key == "state" else "") for column in columns
        ]
        return ((" ", ""), *texts)

    def _colour(self, style: str) -> str:
        return self.app.theme_variables.get(style.removeprefix("$"), "")

    def target(self) -> Listed | None:
        name = self.studies.current_id
        return next((one for one in self.found if one.id == name), None)

    @property
    def last_data(self) -> str:
        """Data set of the newest study that can be read; '' without any."""
        return next((one.config.base.data for one in self.found if one.config), "")

    def await_study(self, name: str) -> None:
        self._awaited = name
        self._go_to_awaited()

    def _go_to_awaited(self) -> None:
        if self.studies.go_to(self._awaited):
            self._awaited = ""
            self.leave_trials()

    # Its trials

    def show_trials(self) -> None:
        """Bring the table of trials up to date; another study's is begun at its top."""
        one, table = self.target(), self.trials
        if one is None or one.config is None:
            table.fill({})
            self._shown_study = ""
            self.leave_trials()
            return
        if self._sort not in trial_table.sorts_of(one.config):
            self._sort, self._turned = trial_table.VALUE, False
        columns = trial_table.columns_of(one.config)
        sorted_on = trial_table.sorted_column(self._sort, one.config)
        table.lay_out(columns, sorted_on, self._turned)
        marks = trial_table.marks_of(one)
        order = trial_table.ordered(one, self._sort, self._turned)
        table.fill(
            {
                trial_table.key_of(one, trial): self._trial_cells(
                    one, trial, columns, marks.get(trial.number, " ")
                )
                for trial in order
            }
        )
        if one.id != self._shown_study:
            self._shown_study = one.id
            table.move_cursor(row=0, animate=False)
        if not order:
            self.leave_trials()

    def _trial_cells(
        self,
        one: Listed,
        trial: Trial,
        columns: Sequence[trial_table.TrialColumn],
        mark: str,
    ) -> Cells:
        colour = self._colour(TRIALS[trial.state][2])
        texts = [
            (text, colour if key == "state" else "")
            for key, text in trial_table.cells(trial, columns, one.runs.get(trial.number))
        ]
        return ((mark, "bold"), *texts)

    def trial(self) -> Trial | None:
        """The trial under the cursor of its table."""
        return trial_table.trial_of(self.target(), self.trials.current_id)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        if event.data_table.id == "studies":
            self.show_trials()
        self.tell()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        one = self.target()
        if event.data_table.id == "trials" and one is not None and one.config is not None:
            sort = trial_table.sort_of_column(str(event.column_key.value), one.config)
            if sort:
                self._order_by(sort, False)

    def action_sort(self) -> None:
        """Order the trials by the next column."""
        one = self.target()
        if one is not None and one.config is not None:
            self._order_by(trial_table.next_sort(self._sort, one.config), False)

    def action_turn(self) -> None:
        self._order_by(self._sort, not self._turned)

    def _order_by(self, sort: str, turned: bool) -> None:
        self._sort, self._turned = sort, turned
        self.show_trials()
        self.tell()
