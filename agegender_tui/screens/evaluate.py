"""The Evaluate screen: how well models do on which faces, and which of two is better."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import ScreenResume
from textual.message import Message
from textual.widgets import DataTable, Footer, Static
from textual.worker import get_current_worker

from agegender_tui.error_log import log_traceback
from agegender_tui.evaluating.listing import Listed, Listing
from agegender_tui.evaluating.names import title
from agegender_tui.evaluating.pages import COMPUTING, VIEWS, WORST, Page, page, progress, unfinished
from agegender_tui.evaluating.reading import Reader
from agegender_tui.evaluating.table import (
    LANGUAGE,
    SORTS,
    STATES,
    Column,
    columns_for,
    ordered,
)
from agegender_tui.evaluating.wall import TURNS
from agegender_tui.filter_language import Filter
from agegender_tui.keymap import bindings, opens_text
from agegender_tui.list_watch import ListWatch
from agegender_tui.screens.evaluation_commands import EvaluationCommands
from agegender_tui.widgets.evaluation_page import EvaluationPage
from agegender_tui.widgets.face_grid import FaceGrid
from agegender_tui.widgets.filter_line import FilterLine
from agegender_tui.widgets.runs_table import Cells, RunsTable
from trainer.errors import UserError
from trainer.runs.comparison import MOST_RUNS
from trainer.text import printable

if TYPE_CHECKING:
    from agegender_tui.app import AgeGenderApp

INTERVAL = 0.5
WIDE_FROM = 170
LIST_WIDTH = 86
LOW = 20  # lines below which explanations are cut to one
PATIENCE = 0.3  # seconds until one is told that a view is being computed
EMPTY = (
    "Nothing has been evaluated here.\n\nn chooses models and data sets: each model on the faces "
    "that its run validated on, on a data set of yours, or on any folder. What is known of a model "
    "and of faces as they are is kept, and not computed again."
)


class EvaluateScreen(EvaluationCommands):
    """A list of evaluations, and views of those chosen: the ones marked, else the one under the
    cursor. It stays as it was left while other screens are shown."""

    CSS_PATH = "evaluate.tcss"
    AUTO_FOCUS = ""  # the hidden filter's line must not get it
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("evaluate")]

    class Found(Message):
        """The watching thread has listed the evaluations."""

        def __init__(self, found: list[Listed], problem: str) -> None:
            super().__init__()
            self.found, self.problem = found, problem

    def __init__(self, runs_root: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.runs_root, self._now = runs_root, now
        self._watch = ListWatch("evaluations", Listing(runs_root).list, self._hear, INTERVAL)
        self._heard: tuple[list[Listed] | None, str] | None = None
        self._reader = Reader()
        self._found: list[Listed] = []
        self._listed = False
        self._problem = ""
        self._filter: Filter[Listed] = LANGUAGE.parse("")
        self._sort = SORTS[0]
        self._marked: list[str] = []
        self._columns: tuple[Column, ...] = ()
        self._view = next(iter(VIEWS))
        self._inside = False
        self._turn = next(iter(TURNS))
        self._which = 0
        self._busy = ""
        self._asked: object = None

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield FilterLine("model~A data=utkface mae<6.5 state=finished word", LANGUAGE.parse)
        yield Static(id="chips", markup=False)
        with Horizontal(id="body"):
            with Vertical(id="list"):
                yield RunsTable(id="table")
                yield Static(EMPTY, id="empty", markup=False)
            with Vertical(id="shown"):
                yield Static(id="tabs", markup=False)
                yield EvaluationPage()
        yield Static(id="problem", markup=False)
        yield Static(id="detail", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    @property
    def _table(self) -> RunsTable:
        return self.query_one(RunsTable)

    @property
    def _page(self) -> EvaluationPage:
        return self.query_one(EvaluationPage)

    def on_mount(self) -> None:
        self._table.focus()
        self._show()
        self._watch.start()

    def on_unmount(self) -> None:
        self._watch.stop()

    def on_screen_resume(self, _: ScreenResume) -> None:
        self._watch.look_now()
        self._look_for_exclusions()

    def on_resize(self) -> None:
        self._show()
        self.call_after_refresh(self._look)

    # What the commands need

    @property
    def on_list(self) -> bool:
        return not self._inside

    def carried_out(self) -> None:
        self._watch.look_now()

    def be_busy(self, text: str) -> None:
        self._busy = printable(text)
        self._tell_head()

    # The list

    def _hear(self, found: list[Listed] | None, problem: str) -> None:
        if (found, problem) != self._heard:
            self._heard = found, problem
            self.post_message(self.Found(found or [], problem))

    def on_evaluate_screen_found(self, event: Found) -> None:
        self._problem = event.problem
        if not event.problem:  # what was seen last stays, with a line on why it may be old
            self._found = event.found
            known = {one.id for one in event.found}
            self._marked = [name for name in self._marked if name in known]
        self._listed = True
        self._show()
        self._look()

    def _show(self) -> None:
        """Bring the list and all words up to date."""
        wide = self.size.width >= WIDE_FROM
        self.set_class(wide, "-wide")
        self.set_class(self.size.height < LOW, "-low")
        self._columns = columns_for(LIST_WIDTH - 1 if wide else self.size.width)
        fitting = ordered([one for one in self._found if self._filter(one)], self._sort)
        self._table.lay_out(self._columns, self._sort)
        self._table.fill({one.id: self._cells(one) for one in fitting})
        self._show_empty(self._listed and not self._found and not self._problem)
        self._tell()

    def _show_empty(self, empty: bool) -> None:
        if empty == self.has_class("-none"):
            return
        if empty and self._table.has_focus:
            # Textual hands the focus of a table that hides to the filter's line, which would
            # take the screen's keys for text.
            self.set_focus(None)
        self.set_class(empty, "-none")
        if not empty and self.focused is None:
            self.call_after_refresh(self._focus)

    def _cells(self, one: Listed) -> Cells:
        mark = str(self._marked.index(one.id) + 1) if one.id in self._marked else " "
        style = STATES[one.state][2].removeprefix("$")
        colour = self.app.theme_variables.get(style, "")
        texts = [
            (column.text(one, self._now()), colour if column.key == "state" else "")
            for column in self._columns
        ]
        return ((mark, "bold"), *texts)

    def target(self) -> Listed | None:
        name = self._table.current_id
        return next((one for one in self._found if one.id == name), None)

    @property
    def chosen(self) -> list[Listed]:
        """The evaluations marked, in that order, else the one under the cursor."""
        by_id = {one.id: one for one in self._found}
        marked = [by_id[name] for name in self._marked if name in by_id]
        current = self.target()
        return marked or ([current] if current is not None else [])

    def on_data_table_row_highlighted(self, _: DataTable.RowHighlighted) -> None:
        self._tell()
        self._look()

    def on_data_table_row_selected(self, _: DataTable.RowSelected) -> None:
        self.action_open()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        if event.column_key.value in SORTS:
            self._sort = str(event.column_key.value)
            self._show()

    # Words around the list and the view

    def _tell(self) -> None:
        self._tell_head()
        self._tell_chips()
        tabs = [
            Content.styled(f" {words} ", "reverse" if name == self._view else "$text-muted")
            for name, words in VIEWS.items()
        ]
        self.query_one("#tabs", Static).update(Content("").join(tabs))
        line = self.query_one("#problem", Static)
        line.display = bool(self._problem)
        line.update(printable(self._problem))
        self._tell_detail()

    def _tell_detail(self) -> None:
        words, line = self._detail(), self.query_one("#detail", Static)
        line.display = bool(words) or not self._inside
        line.update(words)

    def _tell_head(self) -> None:
        words = []
        if self._listed:
            count = len(self._found)
            working = sum(one.status.active for one in self._found if one.state != "lost")
            words = [f"{count:,} evaluation" + "s" * (count != 1) if count else "none yet"]
            words += [f"{working} under way"] if working else []
            if self._filter.terms:
                words.append(f"{len(self._table.order):,} fit")
        else:
            words = ["looking for evaluations…"]
        if self._inside and len(self.chosen) == 1:
            words = [title(self.chosen[0])]
        elif self._inside:
            words = [f"{len(self.chosen)} evaluations marked"]
        if self._busy:
            words.append(self._busy)
        heading = Content.styled("Evaluate  ", "bold $text-primary")
        self.query_one("#head", Static).update(heading + Content(" · ".join(words)))

    def _tell_chips(self) -> None:
        chips = [Content.styled(f" {printable(term)} ", "reverse") for term in self._filter.terms]
        hint = "esc clears"
        if self._marked:
            chips.append(Content.styled(f" {len(self._marked)} marked ", "reverse $accent"))
            hint = "enter shows them together, d which is better, esc clears"
        line = self.query_one("#chips", Static)
        line.display = bool(chips) and not self.has_class("filtering") and not self._inside
        line.update(Content(" ").join([*chips, Content.styled(hint, "$text-muted")]))

    def _detail(self) -> str:
        if self._inside:
            return self._page.line_of_face if self._view == WORST else ""
        one = self.target()
        if one is None:
            return "No evaluation fits the filter; esc clears it." if self._found else ""
        if one.done:
            return f"{title(one)} · enter shows its figures"
        what = progress(one) if one.state == "working" else unfinished(one)
        return f"{title(one)} · {what}"

    # The view

    def _look(self) -> None:
        """Have the view made for what is chosen now, if it is to be seen and is not yet."""
        if not (self._inside or self.has_class("-wide")):
            return
        chosen = self.chosen
        # Before the view is laid out, too; less its padding and its scroll bar.
        width = self.size.width - 4 - LIST_WIDTH * self.has_class("-wide")
        if chosen:
            wanted = (self._view, tuple(chosen), self._turn, self._which, width)
            if wanted != self._asked:
                self._asked = wanted
                self.set_timer(PATIENCE, lambda: self._say_computing(wanted))
                self._make(self._view, chosen, self._turn, self._which, width)

    def _say_computing(self, wanted: object) -> None:
        """Where another view still stands, it must not be taken for this one."""
        there = self._page.page
        if wanted is self._asked and (there is None or there.view != self._view):
            self._page.show(Page(self._view, sentence=COMPUTING))

    @work(thread=True, exclusive=True, group="page")
    def _make(self, view: str, chosen: list[Listed], turn: str, which: int, width: int) -> None:
        worker = get_current_worker()
        try:
            made = page(view, chosen, self._reader, turn, which, width)
        except Exception as error:  # the screen outlives a fault of ours in here
            made = Page(view, sentence=f"not shown, by a fault; {log_traceback(error)}")
        if not worker.is_cancelled:
            self.app.call_from_thread(self._take, made)

    def _take(self, made: Page) -> None:
        if made.view == self._view:
            self._page.show(made)
            if self._inside:
                self._focus()
            self._look_for_exclusions()
            self._tell()

    def _focus(self) -> None:
        """The keys go to the list, or to the view."""
        self.set_focus(self._page.takes_keys if self._inside else self._table)

    def _enter(self, inside: bool) -> None:
        if inside and not self.chosen:
            return
        if inside != self._inside:
            # Before anything hides: Textual would hand the focus to the filter's line.
            self.set_focus(None)
            self._inside = inside
            self.set_class(inside, "-inside")
        self._focus()
        self._tell()
        self.call_after_refresh(self._look)

    def action_open(self) -> None:
        """From the list to the view; from a face to the Data screen."""
        if not self._inside:
            self._enter(True)
        elif self._view == WORST:
            self._show_face()

    def action_show(self, view: str) -> None:
        if view != self._view:
            self._view, self._which = view, 0
        self._enter(True)

    def action_next_view(self, by: int) -> None:
        names = list(VIEWS)
        if self._inside or self.has_class("-wide"):
            self._view = names[(names.index(self._view) + by) % len(names)]
            self._which = 0
        if self._inside or not self.has_class("-wide"):
            self._enter(True)
        else:
            self._tell()
            self._look()

    def action_turn(self) -> None:
        """In the list the next order; of the wall, age or gender."""
        if not self._inside:
            keys = {column.key for column in self._columns}
            turn = [key for key in SORTS if key in keys or key == "age"]
            self._sort = turn[(turn.index(self._sort) + 1) % len(turn)]
            self._show()
            return
        names = list(TURNS)
        self._turn = names[(names.index(self._turn) + 1) % len(names)]
        self._page.to_first_face()
        self._look()

    def action_other(self) -> None:
        """The next of the evaluations marked, where only one or two of them are shown."""
        self._which += 1
        self._page.to_first_face()
        self._look()

    def action_zoom(self, by: int) -> None:
        self._page.zoom(by)

    def action_cursor(self, by: int) -> None:
        self._page.move_cursor(by)

    def on_face_grid_moved(self, _: FaceGrid.Moved) -> None:
        self._tell_detail()

    def on_face_grid_opened(self, _: FaceGrid.Opened) -> None:
        self._show_face()

    def _show_face(self) -> None:
        from trainer.data.source import parse_source

        one, name = self._page.face_of(self.chosen, self._which)
        if one is not None:
            source = parse_source(str(one.summary["data"]["source"]))
            cast("AgeGenderApp", self.app).show_face(source, name)

    @work(thread=True, exclusive=True, group="exclusions")
    def _look_for_exclusions(self) -> None:
        """Which faces of the wall the user has excluded by now."""
        from trainer.data.exclusions import read_curation

        wall = self._page.wall
        if wall is None:
            return
        try:
            names = read_curation(wall.folder).excluded
        except UserError:
            return  # the Data screen says so
        if names != wall.left_out:
            self.app.call_from_thread(self._page.exclude, wall, names)

    # Marks and the filter

    def action_mark(self) -> None:
        name = self._table.current_id
        if not name or self._inside:
            return
        if name in self._marked:
            self._marked.remove(name)
        elif len(self._marked) == MOST_RUNS:
            self.say(f"{MOST_RUNS} fit into one view: unmark one first", "warning")
            return
        else:
            self._marked.append(name)
        self._which = 0
        self._show()
        self._table.action_cursor_down()
        self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter's line the keys that open a line of text are text themselves."""
        typing = self.focused is not None and self.focused.id == "filter"
        return not (typing and opens_text("evaluate", action))

    def action_filter(self) -> None:
        self._enter(False)
        self.add_class("filtering")
        # At once, not as `focus` does after the keys that are already waiting.
        line = self.query_one(FilterLine)
        self.set_focus(line.field)
        line.say("model network data part state faces mae cs5 acc auc; enter keeps it")
        self._tell_chips()

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        if self.has_class("filtering"):
            self._filter = event.filter
            self._show()

    def on_filter_line_left(self, _: FilterLine.Left) -> None:
        self._leave_filter_line()

    def _leave_filter_line(self) -> None:
        self.remove_class("filtering")
        self._table.focus()
        self._show()
        self._look()

    def action_back(self) -> None:
        """From the view to the list; there, drop the filter and the marks; then to the runs."""
        line = self.query_one(FilterLine)
        if self.has_class("filtering") or self._filter.terms:
            line.clear()
            self._filter = LANGUAGE.parse("")
            self._leave_filter_line()
        elif self._inside:
            self._enter(False)
        elif self._marked:
            self._marked = []
            self._show()
            self._look()
        else:
            self.app.pop_screen()
