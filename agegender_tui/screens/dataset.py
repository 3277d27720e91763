"""The Data screen: browse a folder of faces, judge it, curate it."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static
from textual.worker import WorkerCancelled, get_current_worker

from agegender_tui.called import called
from agegender_tui.dataset import face_text
from agegender_tui.dataset.face_filter import View, language, orders, rows_of
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.heading import chips, counts
from agegender_tui.dataset.opening import row_of
from agegender_tui.dataset.session import Session
from agegender_tui.filter_language import Filter
from agegender_tui.keymap import bindings, opens_text
from agegender_tui.screens.dataset_commands import DatasetCommands
from agegender_tui.widgets.chips_line import ChipsLine
from agegender_tui.widgets.face_card import FaceCard
from agegender_tui.widgets.face_grid import FaceGrid
from agegender_tui.widgets.filter_line import FilterLine
from agegender_tui.widgets.findings_pane import FindingsPane
from agegender_tui.widgets.key_footer import KeyFooter
from agegender_tui.widgets.numbers_pane import NumbersPane
from trainer.data import picture_file  # noqa: F401 - loaded before the first face is wanted
from trainer.data.index import Index
from trainer.data.source import DataSource
from trainer.text import printable

GRID, FACE, NUMBERS, FINDINGS = "grid", "face", "numbers", "findings"
VIEWS = (GRID, FACE, NUMBERS, FINDINGS)


class DatasetScreen(DatasetCommands):
    """One data set at a time; it stays as it was left while others screens are shown."""

    CSS_PATH = "dataset.tcss"
    AUTO_FOCUS = ""  # each view has its own focus, and the hidden filter's line must not get it
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("data")]

    def __init__(self, source: DataSource, runs_root: Path, sought: str = "") -> None:
        super().__init__(source, runs_root)
        self._sought = sought  # a face to show large as soon as it is there
        self._view = View()
        self._shows = GRID

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield FilterLine("age>=20 age<30 gender=female flag=blurred", self._parse)
        yield ChipsLine()
        yield Static(id="sentence", markup=False)
        with Container(id="body"):
            yield FaceGrid(id="grid")
            yield FaceCard(id="card")
            yield NumbersPane(id="numbers")
            yield FindingsPane(id="findings")
        yield Static(id="detail", markup=False)
        yield KeyFooter()

    @property
    def _grid(self) -> FaceGrid:
        return self.query_one(FaceGrid)

    @property
    def _row(self) -> int | None:
        """Which of `faces` is under the cursor: the grid may still show an older state of them."""
        grid, faces = self._grid, self.faces
        if faces is None or grid.faces is faces:
            return grid.current
        return row_of(faces, grid.current_name)

    def on_mount(self) -> None:
        self._show(GRID)
        self.open_source(self.session.source, self._sought)

    def on_unmount(self) -> None:
        self.stop_inspecting()

    def on_resize(self) -> None:
        self.tell()

    # Opening

    def seek(self, source: DataSource, name: str) -> None:
        """Show a face of a data set large: the one of that name."""
        if source != self.session.source or self.faces is None:
            self.open_source(source, name)
            return
        self._sought = name
        self._clear_filter()
        self._view = View()
        self._look()

    def open_source(self, source: DataSource, sought: str = "") -> None:
        """Look at another data set; at the face of the name `sought`, if there is one."""
        self._sought = sought
        self.stop_inspecting()
        self.session = Session(source)
        self.faces, self.problem = None, ""
        self._view = View()
        self.query_one(FilterLine).clear()
        self.forget_marks()
        self._grid.clear()
        self._show(GRID)
        self._look_at(None)
        self.begin("reading names")
        self.open(self.session)

    def changed(self, faces: FaceSet) -> None:
        self._look_at(faces)
        self._look()

    def _look_at(self, faces: FaceSet | None) -> None:
        self.query_one(FindingsPane).look_at(faces)
        self.query_one(NumbersPane).look_at(faces)

    # What is in view

    def _look(self, keep: bool = True) -> None:
        """Filter and sort anew; the cursor stays on its face where that is still in view, unless
        it is not to be kept."""
        if self.faces is not None:
            self._find_rows(self.faces, self._view, keep)

    @work(thread=True, exclusive=True, group="rows")
    def _find_rows(self, faces: FaceSet, view: View, keep: bool) -> None:
        worker = get_current_worker()

        def give_up() -> None:
            if worker.is_cancelled:
                raise WorkerCancelled

        with contextlib.suppress(WorkerCancelled):  # another filter was typed meanwhile
            rows = rows_of(faces, view, give_up)
            give_up()
            self.app.call_from_thread(self._fill, faces, view, rows, keep)

    def _fill(self, faces: FaceSet, view: View, rows: Sequence[int], keep: bool) -> None:
        if faces is not self.faces or view is not self._view:
            return
        # By name, as rows may have other numbers now; and only here, as the cursor may have been
        # moved since the rows were asked for.
        name = self._grid.current_name if keep else ""
        sought, self._sought = self._sought, ""
        if self._grid.faces is not faces:
            marked = (row_of(faces, marked) for marked in self._grid.marked_names)
            self._grid.marked = {row for row in marked if row is not None}
        self._grid.fill(faces, rows, row_of(faces, sought or name))
        if sought and self._grid.current_name == sought:
            self._show(FACE)
            self.call_after_refresh(self._show_card)
        elif sought:
            where = printable(str(self.session.folder))
            self.say(f"{sought}: is no longer in {where}; the faces may have changed", "warning")
        self.tell()
        if self._shows == FACE:
            self._show_card()

    def _change(self, **changes: Any) -> None:
        self._view = dataclasses.replace(self._view, **changes)
        self._look()

    def on_face_grid_moved(self, _: FaceGrid.Moved) -> None:
        self.tell()

    def on_face_grid_opened(self, _: FaceGrid.Opened) -> None:
        self.action_open()

    # Words around the grid

    def tell(self) -> None:
        if not self.is_mounted:
            return
        self.tell_head()
        self._tell_chips()
        sentence = (
            f"{self.problem}. Press {called('data.folder')} for another folder."
            if self.problem
            else ""
        )
        found = self._grid.faces is not None and self._grid.faces is self.faces
        if found and not self._grid.rows and self._shows in (GRID, FACE):
            sentence = "No face fits; esc shows all."
        self.set_class(bool(sentence), "-told")
        self.query_one("#sentence", Static).update(printable(sentence))
        row = self._row
        line = face_text.line(self.faces, row) if self.faces and row is not None else ""
        self.query_one("#detail", Static).update(line)

    def tell_head(self) -> None:
        title = Content.styled("Data  ", "bold $text-primary")
        name = printable(self.session.folder.name or str(self.session.folder))
        words = [name]
        if self.faces is not None:
            words = [name, *counts(self.faces), *self._position()]
        if self.busy:
            words.append(self.busy_words)
        self.query_one("#head", Static).update(title + Content(" · ".join(words)))

    def _position(self) -> list[str]:
        first, last = self._grid.span
        count = len(self._grid.rows)
        where = f"{first + 1:,}–{last:,} of {count:,}" if count else ""
        return [where] if where and self._shows == GRID else []

    def _tell_chips(self) -> None:
        terms = self._parse(self._view.filter).terms
        self.query_one(ChipsLine).show(
            chips(self._view, terms, self.faces),
            len(self._grid.marked),
            covered=self.has_class("filtering"),
        )

    # Views

    def _show(self, view: str) -> None:
        self._shows = view
        for name in VIEWS:
            self.set_class(name == view, f"-{name}")
        focus = {GRID: "#grid", NUMBERS: "#numbers", FINDINGS: "FindingsList"}.get(view)
        self.set_focus(self.query_one(focus) if focus else None)
        self.query_one(NumbersPane).in_view(view == NUMBERS)
        self.tell()

    def action_open(self) -> None:
        if self._shows == GRID and self._grid.current is not None:
            self._show(FACE)
            self.call_after_refresh(self._show_card)
        elif self._shows == FACE:
            self._show(GRID)

    def _show_card(self) -> None:
        row = self._row
        if self.faces is not None and row is not None:
            place = f"{self._grid.cursor + 1:,} of {len(self._grid.rows):,}"
            self.query_one(FaceCard).show(self.faces, row, place)

    def action_step(self, by: int) -> None:
        if self._shows == FACE:
            self._grid.action_move(by)
            self._show_card()

    def action_numbers(self) -> None:
        self._show(GRID if self._shows == NUMBERS else NUMBERS)

    def action_findings(self) -> None:
        self._show(GRID if self._shows == FINDINGS else FINDINGS)

    def action_zoom(self, by: int) -> None:
        if self._shows == GRID:
            self._grid.zoom(by)

    def action_back(self) -> None:
        """From another view to the grid; there, drop what narrows it; then to the runs."""
        if self.has_class("filtering"):
            self._clear_filter()
            self._leave_filter_line()
            self._look()
        elif self._shows != GRID:
            self._show(GRID)
        elif self._view != View() or self._grid.marked:
            self._grid.marked = set()
            self._clear_filter()
            self._view = View()
            self._look()
        else:
            self.app.pop_screen()

    # Filter and order

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter's line the keys that open a line of text are text themselves."""
        typing = self.focused is not None and self.focused.id == "filter"
        return not (typing and opens_text("data", action))

    def action_filter(self) -> None:
        if self._shows != GRID:
            self._show(GRID)
        self.add_class("filtering")
        # At once, not as `focus` does after the keys that are already waiting.
        line = self.query_one(FilterLine)
        self.set_focus(line.field)
        line.say("age gender race part flag name bytes error says disbelief; enter keeps it")
        self._tell_chips()

    def _parse(self, text: str) -> Filter[int]:
        """A filter of these faces, or of those that are still to come."""
        faces = self.faces
        if faces is None:
            faces = FaceSet(Index(self.session.folder, [], [], [], [], [], []))
        return language(faces).parse(text)

    def _clear_filter(self) -> None:
        self.query_one(FilterLine).clear()
        self._view = dataclasses.replace(self._view, filter="")

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        self._change(filter=event.text)

    def on_filter_line_left(self, _: FilterLine.Left) -> None:
        self._leave_filter_line()

    def _leave_filter_line(self) -> None:
        self.remove_class("filtering")
        self._show(GRID)

    def action_sort(self) -> None:
        if self.faces is None:
            return
        turn = orders(self.faces)
        now = turn.index(self._view.order) if self._view.order in turn else -1
        self._change(order=turn[(now + 1) % len(turn)], seed=None)

    def action_sample(self) -> None:
        """Draw a random order; the seed on the screen draws it again."""
        seed = random.randrange(1000) if self._view.seed is None else self._view.seed + 1
        self._view = dataclasses.replace(self._view, seed=seed)
        self._grid.action_move_to(0)
        self._look(keep=False)

    # Findings and marks

    def on_findings_pane_chosen(self, event: FindingsPane.Chosen) -> None:
        if self.faces is None:
            return
        finding = event.finding
        self._clear_filter()
        self._view = View(chosen=tuple(finding.faces), chosen_words=finding.title)
        self._show(GRID)
        self._look()

    def action_mark(self) -> None:
        row = self._grid.current
        if row is None or self._shows != GRID:
            return
        self._grid.marked ^= {row}
        self._grid.refresh_caption(self._grid.cursor)
        self._grid.action_move(1)
        self.tell()

    def target(self) -> str:
        return self._grid.current_name if self._shows in (GRID, FACE) else ""

    def targets(self) -> Sequence[str]:
        name = self.target()
        if name and self._grid.marked and self._shows == GRID:
            return self._grid.marked_names
        return [name] if name else []

    def draw_anew(self) -> None:
        self._grid.draw_anew()

    def forget_marks(self) -> None:
        self._grid.marked = set()
