"""The list of evaluations: watched, narrowed, ordered, and marked."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from textual.widgets import DataTable

from agegender_tui.evaluating.listing import Listed, Listing
from agegender_tui.evaluating.table import (
    LANGUAGE,
    SORTS,
    STATES,
    Column,
    columns_for,
    next_sort,
    ordered,
)
from agegender_tui.filter_language import Filter
from agegender_tui.keymap import opens_text
from agegender_tui.screens.evaluation_commands import EvaluationCommands
from agegender_tui.screens.watched_list import WatchedList
from agegender_tui.widgets.chips_line import ChipsLine
from agegender_tui.widgets.filter_line import FilterLine
from agegender_tui.widgets.runs_table import Cells, RunsTable
from trainer.runs.comparison import MOST_RUNS


class EvaluationList(WatchedList[Listed], EvaluationCommands):
    """A screen with a RunsTable, a FilterLine and a ChipsLine."""

    def __init__(self, runs_root: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__(runs_root, "evaluations", Listing(runs_root).list, now)
        self.filter: Filter[Listed] = LANGUAGE.parse("")
        self.marked: list[str] = []
        self._awaited = ""  # to be marked once it is listed
        self._sort = SORTS[0]
        self._columns: tuple[Column, ...] = ()

    @property
    def list_width(self) -> int:
        """Cells that the table may take."""
        raise NotImplementedError

    def tell(self) -> None:
        """Show all words anew."""
        raise NotImplementedError

    def look(self, first: bool = False) -> None:
        """Look at what is chosen now; at the `first` of those marked, as these are others."""
        raise NotImplementedError

    def give_focus(self) -> None:
        """Let the keys go to what is looked at."""
        raise NotImplementedError

    @property
    def table(self) -> RunsTable:
        return self.query_one(RunsTable)

    # What there is

    def came(self) -> None:
        known = {one.id for one in self.found}
        self.marked = [name for name in self.marked if name in known]
        self._mark_awaited()
        self.show()
        self.look()

    def show(self) -> None:
        """Bring the list and all words up to date."""
        self._columns = columns_for(self.list_width)
        fitting = ordered([one for one in self.found if self.filter(one)], self._sort)
        self.table.lay_out(self._columns, self._sort)
        self.table.fill({one.id: self._cells(one) for one in fitting})
        empty = self.listed and not self.found and not self.problem
        self.table.hide_if(empty, "-none", self.give_focus)
        self.tell()

    def _cells(self, one: Listed) -> Cells:
        mark = str(self.marked.index(one.id) + 1) if one.id in self.marked else " "
        style = STATES[one.state][2].removeprefix("$")
        colour = self.app.theme_variables.get(style, "")
        texts = [
            (column.text(one, self.now), colour if column.key == "state" else "")
            for column in self._columns
        ]
        return ((mark, "bold"), *texts)

    def target(self) -> Listed | None:
        name = self.table.current_id
        return next((one for one in self.found if one.id == name), None)

    @property
    def chosen(self) -> list[Listed]:
        """The evaluations marked, in that order, else the one under the cursor."""
        by_id = {one.id: one for one in self.found}
        marked = [by_id[name] for name in self.marked if name in by_id]
        current = self.target()
        return marked or ([current] if current is not None else [])

    def on_data_table_row_highlighted(self, _: DataTable.RowHighlighted) -> None:
        self.tell()
        self.look()

    # Order and marks

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        if event.column_key.value in SORTS:
            self._sort = str(event.column_key.value)
            self.show()

    def sort_on(self) -> None:
        """Sort by the next column."""
        self._sort = next_sort(self._sort, self._columns)
        self.show()

    def action_mark(self) -> None:
        name = self.table.current_id
        if not name or not self.on_list:
            return
        if name in self.marked:
            self.marked.remove(name)
        elif len(self.marked) == MOST_RUNS:
            self.say(f"{MOST_RUNS} fit into one view: unmark one first", "warning")
            return
        else:
            self.marked.append(name)
        self.show()
        self.table.action_cursor_down()
        self.look(first=True)

    def mark_too(self, name: str) -> bool:
        if name not in self.marked and len(self.marked) == MOST_RUNS:
            return False
        self._awaited = name
        if self._mark_awaited():
            self.show()
            self.look()
        return True

    def _mark_awaited(self) -> bool:
        """Whether it is listed by now, and marked where there is room still."""
        if all(one.id != self._awaited for one in self.found):
            return False
        if self._awaited not in self.marked and len(self.marked) < MOST_RUNS:
            self.marked.append(self._awaited)
        self._awaited = ""
        return True

    def drop_marks(self) -> None:
        self.marked, self._awaited = [], ""
        self.show()
        self.look()

    def tell_chips(self) -> None:
        """Show what narrows or marks the list, while that is what is looked at."""
        hint = "enter together, m their mean, d which is better, esc clears"
        self.query_one(ChipsLine).show(
            self.filter.terms,
            len(self.marked),
            hint if self.marked else "esc clears",
            covered=not self.on_list or self.has_class("filtering"),
        )

    # The filter

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter's line the keys that open a line of text are text themselves."""
        typing = self.focused is not None and self.focused.id == "filter"
        return not (typing and opens_text("evaluate", action))

    def action_filter(self) -> None:
        self.add_class("filtering")
        # At once, not as `focus` does after the keys that are already waiting.
        line = self.query_one(FilterLine)
        self.set_focus(line.field)
        line.say("model network data part state faces mae cs5 acc auc; enter keeps it")
        self.tell_chips()

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        if self.has_class("filtering"):
            self.filter = event.filter
            self.show()

    def on_filter_line_left(self, _: FilterLine.Left) -> None:
        self._leave_filter_line()

    def drop_filter(self) -> None:
        self.query_one(FilterLine).clear()
        self.filter = LANGUAGE.parse("")
        self._leave_filter_line()

    def _leave_filter_line(self) -> None:
        self.remove_class("filtering")
        self.table.focus()
        self.show()
        self.look()
