"""All runs in a table: watch, filter, mark, steer, compare, delete."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import ScreenResume
from textual.message import Message
from textual.widgets import DataTable, Static

from agegender_tui.keymap import bindings, opens_text
from agegender_tui.mass_command import COMMANDS
from agegender_tui.registry_watch import RunsAndWishes, watch_runs
from agegender_tui.run_detail import empty_text, head, line_or_two, pane
from agegender_tui.run_filter import Filter, parse
from agegender_tui.run_states import STYLES
from agegender_tui.run_table import SORTS, Column, Row, columns_for, next_sort, ordered
from agegender_tui.screens.marked_runs import MarkedRuns
from agegender_tui.silence import as_of, silence_text
from agegender_tui.trash import trash
from agegender_tui.widgets.chips_line import ChipsLine
from agegender_tui.widgets.filter_line import FilterLine
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.runs_table import Cells, RunsTable
from trainer.errors import UserError
from trainer.runs.freeing import free, not_free
from trainer.runs.layout import RunDir
from trainer.runs.registry import RunSummary
from trainer.runs.state import LOST
from trainer.text import megabytes, printable

if TYPE_CHECKING:
    from agegender_tui.app import AgeGenderApp

PANE_FROM_WIDTH = 170
PANE_WIDTH = 56
TICK_SECONDS = 1.0
PRELOAD_SECONDS = 0.3  # after the list is there, which it must not delay
Asked = dict[str, tuple[float, str]]


class RunsScreen(MarkedRuns):
    """The first screen; the others lie above it."""

    CSS_PATH = "runs.tcss"
    AUTO_FOCUS = ""  # without runs it would find the hidden filter's line, which swallows keys
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("runs")]

    class Listed(Message):
        """The watching thread has listed the runs."""

        def __init__(self, runs: list[RunSummary], asked: Asked, problem: str) -> None:
            super().__init__()
            self.runs, self.asked, self.problem = runs, asked, problem

    def __init__(self, root: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._root, self._now = root, now
        self._runs: list[RunSummary] = []
        self._asked: Asked = {}
        self._problem = self._said = ""
        self._listed = False
        self._filter: Filter = parse("")
        self._sort = SORTS[0]
        self._turned = False
        self._gone: set[str] = set()
        self._marked: list[str] = []
        self._awaited = ""
        self._columns: tuple[Column, ...] = ()
        self._watch = watch_runs(root, self._tell)

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield FilterLine("model=A mae<6.5 state=finished word", parse)
        yield ChipsLine()
        with Horizontal(id="body"):
            yield RunsTable(id="table")
            yield Static(id="empty", markup=False)
            with VerticalScroll(id="pane", can_focus=False):
                yield Static(id="pane-text", markup=False)
        yield Static(id="problem", markup=False)
        yield Static(id="detail", markup=False)
        yield KeyFooter()

    @property
    def _table(self) -> RunsTable:
        return self.query_one(RunsTable)

    @property
    def _owner(self) -> AgeGenderApp:
        return cast("AgeGenderApp", self.app)

    def on_mount(self) -> None:
        self.query_one("#pane").styles.width = PANE_WIDTH
        self._table.focus()
        self._show()
        self._watch.start()
        self.set_interval(TICK_SECONDS, self._show_problem)

    def on_unmount(self) -> None:
        self._watch.stop()

    def on_screen_resume(self, _: ScreenResume) -> None:
        self._watch.look_now()

    def on_resize(self) -> None:
        self._show()

    def _tell(self, listed: RunsAndWishes | None, problem: str) -> None:
        runs, asked = listed or ([], {})
        self.post_message(self.Listed(runs, asked, problem))

    def on_runs_screen_listed(self, event: Listed) -> None:
        self._problem = event.problem
        if not event.problem:  # what was seen last stays, with a line on why it may be old
            known = {one.id for one in event.runs}
            self._gone = self._gone.union(self.newest_ids()) - known
            self._runs, self._asked = event.runs, event.asked
            self._marked = [name for name in self._marked if name in known]
        first, self._listed = not self._listed, True
        self._show()
        if first:
            self.set_timer(PRELOAD_SECONDS, self._owner.preload)

    def active_ids(self) -> list[str]:
        """Ids of the runs that have a worker, newest first, after them those that only wait."""
        working = [
            one for one in self._runs if one.status.active and one.state != LOST and not one.problem
        ]
        return [one.id for one in sorted(working, key=lambda one: one.state == "queued")]

    def newest_ids(self) -> list[str]:
        """Ids of all runs, newest first."""
        return [one.id for one in self._runs]

    def is_gone(self, name: str) -> bool:
        """Whether the run was listed once and is no longer."""
        return name in self._gone

    def _show(self) -> None:
        """Bring all of the screen up to date."""
        width = self.size.width
        wide = width >= PANE_FROM_WIDTH
        self.set_class(wide, "wide")
        self._columns = columns_for(width - PANE_WIDTH if wide else width)
        shown = ordered(self._filter.fitting(self._runs), self._sort, self._turned)
        self._table.lay_out(self._columns, self._sort, self._turned)
        colours = {
            state: self.app.theme_variables.get(name.removeprefix("$"), "")
            for state, name in STYLES.items()
        }
        self._table.fill(
            {one.id: self._cells(self._row(one), colours.get(one.state, "")) for one in shown}
        )
        self._go_to_awaited()
        empty = self._listed and not self._runs and not self._problem
        self._table.hide_if(empty, "no-runs", lambda: self.set_focus(self._table))
        title = Content.styled("Runs  ", "bold $text-primary")
        room = width - 2 - len(title)
        heading = head(self._root, self._runs, len(shown), bool(self._filter.terms), room)
        self.query_one("#head", Static).update(
            title + Content(heading if self._listed else "looking for runs…")
        )
        self.query_one("#empty", Static).update(empty_text(self._root, self._owner.demo))
        self._show_problem()
        self._show_chips()
        self._show_detail()

    def _show_problem(self) -> None:
        text = silence_text(self._root, self._watch.listing_for) or printable(self._problem)
        if text != self._said:
            self._said = text
            problem = self.query_one("#problem", Static)
            problem.display = bool(text)
            problem.update(text)

    def _row(self, one: RunSummary) -> Row:
        now = as_of(self._now(), self._watch.listing_for)
        return Row(one, now, self._asked.get(one.id))

    def _cells(self, row: Row, colour: str) -> Cells:
        mark = "●" if row.one.id in self._marked else " "
        texts = [
            (column.text(row), colour if column.key == "state" else "") for column in self._columns
        ]
        return ((mark, "bold"), *texts)

    def _current(self) -> RunSummary | None:
        name = self._table.current_id
        return next((one for one in self._runs if one.id == name), None)

    def on_data_table_row_highlighted(self, _: DataTable.RowHighlighted) -> None:
        self._show_detail()

    def on_data_table_row_selected(self, _: DataTable.RowSelected) -> None:
        self.action_open()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        if event.column_key.value in SORTS:
            self._sort_by(str(event.column_key.value))

    def _show_chips(self) -> None:
        self.query_one(ChipsLine).show(
            self._filter.terms,
            len(self._marked),
            "enter d p r s k f x for all, esc clears" if self._marked else "esc clears",
            covered=self.has_class("filtering"),
        )

    def _show_detail(self) -> None:
        one = self._current()
        text = ""
        whole = Content("")
        if one is not None:
            text = line_or_two(self._row(one), self.size.width)
            whole = pane(self._row(one))
        elif self._runs:
            text = "No run fits the filter; esc clears it."
            whole = Content(text)
        self.query_one("#detail", Static).update(text)
        self.query_one("#pane-text", Static).update(whole)

    @property
    def last_data(self) -> str:
        """Data set of the newest run that can be read; '' without any."""
        readable = (one for one in self._runs if not one.problem)
        return next((str(one.settings.get("data", "")) for one in readable), "")

    def await_run(self, name: str) -> None:
        """Put the cursor on this run as soon as it is listed."""
        self._awaited = name
        self._go_to_awaited()

    def _go_to_awaited(self) -> None:
        self._table.go_to(self._awaited)
        if any(one.id == self._awaited for one in self._runs):  # a filter may hide it
            self._awaited = ""

    def narrow_to(self, text: str) -> None:
        """Show the runs that fit this filter, which is one."""
        self.query_one(FilterLine).fill(text)
        self._filter = parse(text)
        self._leave_filter_line()

    # What the keys do

    def action_new(self) -> None:
        self._owner.new_run(last_data=self.last_data)

    def action_copy(self) -> None:
        one = self._current()
        if one is None:
            return
        try:
            self._owner.new_run(one.config())
        except UserError as error:
            self.say(str(error), "error")

    def action_open(self) -> None:
        from trainer.runs.comparison import MOST_RUNS

        names = self._marked or [self._table.current_id]
        if names[0]:
            self._owner.open_runs(list(names))
        if len(names) > MOST_RUNS:
            text = f"{len(names)} runs are marked, but {MOST_RUNS} fit into one view"
            self.say(f"{text}: these were marked first", "warning")

    def action_mark(self) -> None:
        name = self._table.current_id
        if not name:
            return
        if name in self._marked:
            self._marked.remove(name)
        else:
            self._marked.append(name)
        self._show()
        self._table.action_cursor_down()

    def action_mark_all(self) -> None:
        shown = self._table.order
        more = [name for name in shown if name not in self._marked]
        kept = [name for name in self._marked if name not in shown]
        self._marked = self._marked + more if more else kept
        self._show()

    def marked_rows(self) -> list[Row]:
        by_id = {one.id: one for one in self._runs}
        return [self._row(by_id[name]) for name in self._marked]

    def action_clear(self) -> None:
        """In the filter's line: drop the filter. In the table: the filter and the marks."""
        line = self.query_one(FilterLine)
        if not line.has_focus_within:
            self._marked = []
        line.clear()
        self._filter = parse("")
        self._leave_filter_line()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter's line the keys that open a line of text are text themselves."""
        typing = self.focused is not None and self.focused.id == "filter"
        return not (typing and opens_text("runs", action))

    def action_filter(self) -> None:
        self.add_class("filtering")
        # At once, not as `focus` does after the keys that are already waiting.
        self.set_focus(self.query_one(FilterLine).field)
        self._say_fit()
        self._show_chips()

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        if not self.has_class("filtering"):
            return  # escape was quicker
        self._filter = event.filter
        self._show()
        self._say_fit()

    def on_filter_line_left(self, _: FilterLine.Left) -> None:
        self._leave_filter_line()

    def _say_fit(self) -> None:
        fit = f"{len(self._table.order):,} of {len(self._runs):,} fit"
        self.query_one(FilterLine).say(f"{fit}; enter keeps it, esc clears it")

    def _leave_filter_line(self) -> None:
        self.remove_class("filtering")
        self._table.focus()
        self._show()

    def action_sort(self) -> None:
        self._sort_by(next_sort(self._sort, self._columns))

    def _sort_by(self, key: str) -> None:
        self._sort, self._turned = key, False
        self._show()

    def action_turn(self) -> None:
        self._turned = not self._turned
        self._show()

    def action_diff(self) -> None:
        from agegender_tui.screens.config_diff import diff_screen, heading

        names = self._marked or [self._table.current_id]
        if not names[0]:
            return
        by_id = {one.id: one for one in self._runs}
        runs = [by_id[name] for name in names]
        try:
            columns = [(heading(one.id, one.label), one.config()) for one in runs]
            self.app.push_screen(diff_screen(columns))
        except UserError as error:
            self.say(str(error), "error")

    def target(self) -> RunDir | None:
        one = self._current()
        return one.run if one else None

    def carried_out(self) -> None:
        self._watch.look_now()

    @work
    async def action_free(self) -> None:
        if self.command_marked("free"):
            return
        one = self._current()
        if one is None:
            return
        if one.state != "finished":
            self.say(one.problem or not_free(one.id, one.state), "error")
            return
        command = COMMANDS["free"]
        if await self.confirmed(command.question.format(one.id), command.yes):
            self.carry_out(one.run, lambda: _freed(one.run))

    @work
    async def action_delete(self) -> None:
        if self.command_marked("delete"):
            return
        one = self._current()
        if one is None:
            return
        if one.id in self.active_ids():
            self.say(f"{one.id} is {one.state}: stop it before deleting it", "error")
            return
        question = f"Move {one.id} to the trash folder (.trash beside the runs)?"
        if await self.confirmed(question, "Move"):
            self.carry_out(one.run, lambda: f"moved to {printable(str(trash(one.run)))}")

    def action_label(self) -> None:
        from agegender_tui.screens.label import LabelScreen

        one = self._current()
        if one is None:
            return

        def keep(label: str | None) -> None:
            if label is not None:
                self.carry_out(one.run, lambda: _set_label(one.run, label))

        self.app.push_screen(LabelScreen(one.id, one.label), keep)


def _set_label(run: RunDir, label: str) -> str:
    run.set_label(label)
    return ""


def _freed(run: RunDir) -> str:
    size = free(run)
    return f"freed {megabytes(size)} of {run.id}" if size else f"{run.id} has no checkpoints"
