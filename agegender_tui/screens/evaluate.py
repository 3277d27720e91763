"""The Evaluate screen: how well models do on which faces, and which of two is better."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import ScreenResume
from textual.widgets import DataTable, Static

from agegender_tui.evaluating import heading
from agegender_tui.evaluating.pages import WORST
from agegender_tui.evaluating.table import LANGUAGE, width_beside
from agegender_tui.keymap import bindings
from agegender_tui.screens.evaluation_list import EvaluationList
from agegender_tui.widgets.chips_line import ChipsLine
from agegender_tui.widgets.evaluation_page import EvaluationPage
from agegender_tui.widgets.evaluation_views import EvaluationViews
from agegender_tui.widgets.face_grid import FaceGrid
from agegender_tui.widgets.filter_line import FilterLine
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.runs_table import RunsTable
from trainer.text import printable

if TYPE_CHECKING:
    from agegender_tui.app import AgeGenderApp

WIDE_FROM = 170
BORDER = 1  # between the list and a view
LOW = 20  # lines below which explanations are cut to one
EMPTY = (
    "Nothing has been evaluated here.\n\nn chooses models and data sets: each model on the faces "
    "that its run validated on, on a data set of yours, or on any folder. What is known of a model "
    "and of faces as they are is kept, and not computed again."
)


class EvaluateScreen(EvaluationList):
    """A list of evaluations, and views of those chosen: the ones marked, else the one under the
    cursor. It stays as it was left while other screens are shown."""

    CSS_PATH = "evaluate.tcss"
    AUTO_FOCUS = ""  # the hidden filter's line must not get it
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("evaluate")]

    def __init__(self, runs_root: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__(runs_root, now)
        self._inside = False
        self._busy = ""

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield FilterLine("model~A data=utkface mae<6.5 state=finished word", LANGUAGE.parse)
        yield ChipsLine()
        with Horizontal(id="body"):
            with Vertical(id="list"):
                yield RunsTable(id="table")
                yield Static(EMPTY, id="empty", markup=False)
            yield EvaluationViews(self._shown, id="shown")
        yield Static(id="problem", markup=False)
        yield Static(id="detail", markup=False)
        yield KeyFooter()

    @property
    def _views(self) -> EvaluationViews:
        return self.query_one(EvaluationViews)

    @property
    def _page(self) -> EvaluationPage:
        return self._views.page

    @property
    def _view(self) -> str:
        return self._views.view

    def on_mount(self) -> None:
        self.table.focus()
        self._lay_out()

    def on_screen_resume(self, _: ScreenResume) -> None:
        self._views.look_for_exclusions()

    def on_resize(self) -> None:
        self._lay_out()
        self.call_after_refresh(self.look)

    def _lay_out(self) -> None:
        self.set_class(self._wide, "-wide")
        self.set_class(self.size.height < LOW, "-low")
        self.query_one("#list").styles.width = self.list_width + BORDER if self._wide else "1fr"
        self.show()

    @property
    def _wide(self) -> bool:
        """Whether there is room for the list and a view."""
        return self.size.width >= WIDE_FROM

    # What the list and the commands need

    @property
    def on_list(self) -> bool:
        return not self._inside

    @property
    def list_width(self) -> int:
        return width_beside(self.size.width - BORDER) if self._wide else self.size.width

    def be_busy(self, text: str) -> None:
        self._busy = printable(text)
        self._tell_head()

    def on_data_table_row_selected(self, _: DataTable.RowSelected) -> None:
        self.action_open()

    # Words around the list and the view

    def tell(self) -> None:
        self._tell_head()
        self.tell_chips()
        self._views.tell_tabs()
        self.tell_problem()
        self._tell_detail()

    def _tell_detail(self) -> None:
        words, line = self._detail(), self.query_one("#detail", Static)
        line.display = bool(words) or not self._inside
        line.update(words)

    def _tell_head(self) -> None:
        words = ["looking for evaluations…"]
        if self._inside:
            words = [heading.of_view(self.chosen)]
        elif self.listed:
            words = heading.of_list(
                self.found, len(self.table.order) if self.filter.terms else None
            )
        if self._busy:
            words.append(self._busy)
        name = Content.styled("Evaluate  ", "bold $text-primary")
        self.query_one("#head", Static).update(name + Content(" · ".join(words)))

    def _detail(self) -> str:
        if self._inside:
            return self._page.line_of_face if self._view == WORST else ""
        one = self.target()
        if one is None:
            return "No evaluation fits the filter; esc clears it." if self.found else ""
        return heading.line(one, self.found, self.now)

    # The view

    def look(self, first: bool = False) -> None:
        if first:
            self._views.first()
        if not (self._inside or self.has_class("-wide")):
            return
        # Before the view is laid out, too; less its padding and its scroll bar.
        beside = self.list_width + BORDER if self.has_class("-wide") else 0
        width = self.size.width - 4 - beside
        self._views.look(self.chosen, width)

    def _shown(self) -> None:
        if self._inside:
            self.give_focus()
        self.tell()

    def give_focus(self) -> None:
        """The keys go to the list, or to the view."""
        self.set_focus(self._page.takes_keys if self._inside else self.table)

    def _enter(self, inside: bool) -> None:
        if inside and not self.chosen:
            return
        if inside != self._inside:
            # Before anything hides: Textual would hand the focus to the filter's line.
            self.set_focus(None)
            self._inside = inside
            self.set_class(inside, "-inside")
        self.give_focus()
        self.tell()
        self.call_after_refresh(self.look)

    def action_open(self) -> None:
        """From the list to the view; from a face to the Data screen."""
        if not self._inside:
            self._enter(True)
        elif self._view == WORST:
            self._show_face()

    def action_show(self, view: str) -> None:
        self._views.choose(view)
        self._enter(True)

    def action_next_view(self, by: int) -> None:
        if self._inside or self.has_class("-wide"):
            self._views.step(by)
        if self._inside or not self.has_class("-wide"):
            self._enter(True)
        else:
            self.tell()
            self.look()

    def action_turn(self) -> None:
        """In the list the next order; of the wall, age or gender."""
        if self._inside:
            self._views.turn_wall()
            self.look()
        else:
            self.sort_on()

    def action_other(self) -> None:
        """The next of the evaluations marked, where only one or two of them are shown."""
        self._views.other()
        self.look()

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

        one, name = self._views.face_of(self.chosen)
        if one is not None:
            source = parse_source(str(one.summary["data"]["source"]))
            cast("AgeGenderApp", self.app).show_face(source, name)

    # Back to the list

    def action_filter(self) -> None:
        self._enter(False)
        super().action_filter()

    def action_back(self) -> None:
        """From the view to the list; there, drop the filter and the marks; then to the runs."""
        if self.has_class("filtering"):
            self.drop_filter()
        elif self._inside:
            self._enter(False)
        elif self.filter.terms:
            self.drop_filter()
        elif self.marked:
            self.drop_marks()
        else:
            self.app.pop_screen()
