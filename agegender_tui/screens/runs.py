"""All runs in a table: watch, filter, mark, steer, compare, delete."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.events import Resize, ScreenResume
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Input, Static

from agegender_tui import launch
from agegender_tui.keymap import bindings
from agegender_tui.registry_watch import RegistryWatch
from agegender_tui.run_detail import detail, empty_text, head
from agegender_tui.run_filter import Filter, parse
from agegender_tui.run_states import STYLES
from agegender_tui.run_table import SORTS, Column, columns_for, ordered
from agegender_tui.trash import trash
from agegender_tui.widgets.line_input import LineInput
from trainer.errors import UserError
from trainer.runs.layout import RunDir
from trainer.runs.registry import RunSummary

if TYPE_CHECKING:
    from agegender_tui.app import AgeGenderApp

LEAST_WIDTH, LEAST_HEIGHT = 60, 14
MARK = "mark"
Asked = dict[str, tuple[float, str]]


class RunsScreen(Screen[None]):
    """The first screen; the others lie above it."""

    CSS_PATH = "runs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("runs")]
    scope = "runs"

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
        self._problem = ""
        self._listed = False
        self._filter: Filter = parse("")
        self._filter_text = ""
        self._sort = SORTS[0]
        self._marked: list[str] = []
        self._columns: tuple[Column, ...] = ()
        self._cells: dict[str, tuple[str, ...]] = {}
        self._order: list[str] = []
        self._watch = RegistryWatch(root, self._tell)

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        with Vertical(id="filter-row"):
            yield LineInput(placeholder="model=A mae<6.5 state=finished word", id="filter")
            yield Static(id="filter-said", markup=False)
        yield DataTable(cursor_type="row", id="table")
        yield Static(id="empty", markup=False)
        yield Static(id="detail", markup=False)
        yield Static(id="small", markup=False)
        yield Footer()

    @property
    def _table(self) -> DataTable[Text]:
        return cast("DataTable[Text]", self.query_one("#table", DataTable))

    @property
    def _owner(self) -> AgeGenderApp:
        return cast("AgeGenderApp", self.app)

    def on_mount(self) -> None:
        self._table.focus()
        self._lay_out()
        self._watch.start()

    def on_unmount(self) -> None:
        self._watch.stop()

    def on_screen_resume(self, _: ScreenResume) -> None:
        self._watch.look_now()

    def on_resize(self, event: Resize) -> None:
        small = event.size.width < LEAST_WIDTH or event.size.height < LEAST_HEIGHT
        self.set_class(small, "small")
        self.query_one("#small", Static).update(
            f"This terminal is {event.size.width}×{event.size.height}; the list of runs needs "
            f"{LEAST_WIDTH}×{LEAST_HEIGHT}. Enlarge it, or press q: runs go on."
        )
        self._lay_out()

    def _tell(self, runs: list[RunSummary], asked: Asked, problem: str) -> None:
        self.post_message(self.Listed(runs, asked, problem))

    def on_runs_screen_listed(self, event: Listed) -> None:
        self._runs, self._asked, self._problem = event.runs, event.asked, event.problem
        self._listed = True
        known = {one.id for one in event.runs}
        self._marked = [name for name in self._marked if name in known]
        self._show()

    def active_ids(self) -> list[str]:
        """Ids of the runs that have a worker, newest first."""
        return [one.id for one in self._runs if one.state in ("training", "starting", "stopping",
                                                             "paused", "queued")]  # fmt: skip

    def newest_ids(self) -> list[str]:
        return [one.id for one in self._runs]

    def _lay_out(self) -> None:
        """Give the table the columns that fit; its rows are filled anew only if these changed."""
        columns = columns_for(self.size.width)
        if columns == self._columns:
            return
        self._columns = columns
        table = self._table
        table.clear(columns=True)
        table.add_column(Text(" "), key=MARK, width=1)
        for column in columns:
            heading = Text(column.heading, justify="right" if column.right else "left")
            table.add_column(heading, key=column.key, width=column.width)
        self._cells, self._order = {}, []
        self._show()

    def _show(self) -> None:
        shown = ordered([one for one in self._runs if self._filter(one)], self._sort)
        self._fill(shown)
        self.set_class(self._listed and not self._runs, "no-runs")
        heading = head(self._root, self._runs, len(shown), self._filter_text, self._sort)
        self.query_one("#head", Static).update(heading if self._listed else "Looking for runs…")
        self.query_one("#empty", Static).update(
            empty_text(self._root, self._owner.demo, self._problem)
        )
        self._show_detail()

    def _fill(self, shown: list[RunSummary]) -> None:
        """Change the cells that differ; rebuild only when rows come, go or change places."""
        table = self._table
        now = self._now()
        order = [one.id for one in shown]
        cells = {one.id: self._row(one, now) for one in shown}
        styles = {one.id: STYLES.get(one.state, "") for one in shown}
        if order == self._order:
            keys = (MARK, *(column.key for column in self._columns))
            for name, row in cells.items():
                for key, new, old in zip(keys, row, self._cells[name], strict=True):
                    if new != old:
                        table.update_cell(name, key, self._cell(key, new, styles[name]))
        else:
            kept, place = self._current_id(), table.cursor_row
            table.clear()
            keys = (MARK, *(column.key for column in self._columns))
            for name in order:
                row_cells = (
                    self._cell(key, text, styles[name])
                    for key, text in zip(keys, cells[name], strict=True)
                )
                table.add_row(*row_cells, key=name)
            if order:
                place = order.index(kept) if kept in order else min(place, len(order) - 1)
                table.move_cursor(row=place, animate=False)
        self._order, self._cells = order, cells

    def _row(self, one: RunSummary, now: float) -> tuple[str, ...]:
        mark = "*" if one.id in self._marked else " "
        return (mark, *(column.text(one, now) for column in self._columns))

    def _cell(self, key: str, text: str, style: str) -> Text:
        right = any(column.key == key and column.right for column in self._columns)
        if key == "state" and style:
            style = self.app.theme_variables.get(style.removeprefix("$"), "")
        else:
            style = "bold" if key == MARK else ""
        return Text(
            text,
            style=style,
            justify="right" if right else "left",
            no_wrap=True,
            overflow="ellipsis",
        )

    def _current_id(self) -> str:
        row = self._table.cursor_row
        return self._order[row] if 0 <= row < len(self._order) else ""

    def _current(self) -> RunSummary | None:
        name = self._current_id()
        return next((one for one in self._runs if one.id == name), None)

    def on_data_table_row_highlighted(self, _: DataTable.RowHighlighted) -> None:
        self._show_detail()

    def on_data_table_row_selected(self, _: DataTable.RowSelected) -> None:
        self.action_open()

    def _show_detail(self) -> None:
        one = self._current()
        text = self._problem
        if one is not None:
            text = detail(one, self._asked.get(one.id), self._now(), self.size.width)
        elif self._runs and not self._problem:
            text = "No run fits the filter; esc clears it."
        self.query_one("#detail", Static).update(text)

    # What the keys do

    def action_new(self) -> None:
        self._owner.new_run()

    def action_copy(self) -> None:
        one = self._current()
        if one is None:
            return
        try:
            self._owner.new_run(one.run.config())
        except UserError as error:
            self._say(str(error), "error")

    def action_open(self) -> None:
        names = self._marked or [self._current_id()]
        if names[0]:
            self._owner.open_runs(list(names))

    def action_mark(self) -> None:
        name = self._current_id()
        if not name:
            return
        if name in self._marked:
            self._marked.remove(name)
        else:
            self._marked.append(name)
        self._show()
        self._table.action_cursor_down()

    def action_clear(self) -> None:
        self._marked = []
        self._set_filter("")
        field = self.query_one("#filter", Input)
        with field.prevent(Input.Changed):
            field.value = ""
        self.remove_class("filtering")
        self._table.focus()

    def action_filter(self) -> None:
        self.add_class("filtering")
        self.query_one("#filter", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._set_filter(event.value)

    def on_input_submitted(self, _: Input.Submitted) -> None:
        self._table.focus()
        self.set_class(bool(self._filter_text), "filtering")

    def _set_filter(self, text: str) -> None:
        said = self.query_one("#filter-said", Static)
        try:
            self._filter = parse(text)
        except UserError as error:
            said.add_class("wrong")
            said.update(str(error))
            return
        self._filter_text = text
        self._show()
        said.remove_class("wrong")
        said.update(f"{len(self._order)} of {len(self._runs)} fit; enter keeps it, esc clears it")

    def action_sort(self) -> None:
        self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self._show()

    def action_diff(self) -> None:
        from agegender_tui.screens.config_diff import ConfigDiffScreen
        from trainer.config import PRESETS

        names = self._marked if len(self._marked) > 1 else [self._current_id()]
        if not names[0]:
            return
        try:
            columns = [(name, RunDir(self._root / name).config()) for name in names]
        except UserError as error:
            self._say(str(error), "error")
            return
        if len(columns) == 1:
            base = PRESETS.get(columns[0][1].preset)
            if base is None:
                self._say("mark two or more runs with space to compare them", "warning")
                return
            columns.insert(0, (f"preset {base.name}", base.config))
        self.app.push_screen(ConfigDiffScreen(columns))

    def action_pause(self) -> None:
        self._steer(lambda run: _ask(run, "pause", "pause"))

    def action_resume(self) -> None:
        self._steer(launch.resume)

    def action_stop(self) -> None:
        self._steer(lambda run: _ask(run, "stop", "stop and save"))

    @work
    async def action_kill(self) -> None:
        question = "Kill the worker of {} now? What it did since its last checkpoint is lost."
        await self._ask_and_steer(question, "Kill", launch.kill)

    @work
    async def action_delete(self) -> None:
        question = "Move {} to the trash folder (.trash beside the runs)?"
        await self._ask_and_steer(question, "Delete", lambda run: f"moved to {trash(run)}")

    @work
    async def action_label(self) -> None:
        from agegender_tui.screens.label import LabelScreen

        one = self._current()
        if one is None:
            return
        label = await self.app.push_screen_wait(LabelScreen(one.id, one.label))
        if label is not None:
            self._steer(lambda run: _set_label(run, label), one.run)

    async def _ask_and_steer(self, question: str, yes: str, act: Callable[[RunDir], str]) -> None:
        from agegender_tui.screens.confirm import ConfirmScreen

        one = self._current()
        if one is None:
            return
        if await self.app.push_screen_wait(ConfirmScreen(question.format(one.id), yes=yes)):
            self._steer(act, one.run)

    def _steer(self, act: Callable[[RunDir], str], run: RunDir | None = None) -> None:
        one = self._current()
        target = run or (one.run if one else None)
        if target is not None:
            self._act(act, target)

    @work(thread=True)
    def _act(self, act: Callable[[RunDir], str], run: RunDir) -> None:
        try:
            said, level = act(run), "information"
        except UserError as error:
            said, level = str(error), "error"
        except OSError as error:
            said, level = f"{run.id}: {error.strerror or error}", "error"
        self._watch.look_now()
        if said:
            self.app.call_from_thread(self._say, said, level)

    def _say(self, text: str, level: Any) -> None:
        self.notify(text, severity=level, markup=False)


def _ask(run: RunDir, command: str, words: str) -> str:
    launch.ask(run, command)
    return f"asked {run.id} to {words}"


def _set_label(run: RunDir, label: str) -> str:
    run.set_label(label)
    return ""
