"""The Data screen: browse a folder of faces, judge it, curate it."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, OptionList, Static
from textual.worker import WorkerCancelled, get_current_worker

from agegender_tui.dataset import face_text, number_text
from agegender_tui.dataset.curating import label_text
from agegender_tui.dataset.face_filter import ORDERS, View, language, orders, rows_of
from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.inspection import Inspection
from agegender_tui.dataset.numbers import Numbers, numbers_of
from agegender_tui.dataset.opening import row_of
from agegender_tui.dataset.session import Session
from agegender_tui.error_log import log_traceback
from agegender_tui.filter_language import Filter
from agegender_tui.keymap import bindings, opens_text
from agegender_tui.widgets.face_card import FaceCard
from agegender_tui.widgets.face_grid import FaceGrid
from agegender_tui.widgets.filter_line import FilterLine
from agegender_tui.widgets.findings_list import FindingsList
from trainer.data.labels import Label
from trainer.data.registered import resolve
from trainer.data.source import DataSource
from trainer.errors import UserError
from trainer.runs.layout import RunDir
from trainer.text import printable

GRID, FACE, NUMBERS, FINDINGS = "grid", "face", "numbers", "findings"
VIEWS = (GRID, FACE, NUMBERS, FINDINGS)
EXPORTS = "exports"


class DatasetScreen(Screen[None]):
    """One data set at a time; it stays as it was left while others screens are shown."""

    CSS_PATH = "dataset.tcss"
    AUTO_FOCUS = ""  # each view has its own focus, and the hidden filter's line must not get it
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("data")]

    def __init__(self, source: DataSource, runs_root: Path, sought: str = "") -> None:
        super().__init__()
        self._runs_root = runs_root
        self._sought = sought  # a face to show large as soon as it is there
        self._session = Session(source)
        self._faces: FaceSet | None = None
        self._view = View()
        self._shows = GRID
        self._problem = ""
        self._busy = ""
        self._began = 0.0
        self._numbers: Numbers | None = None
        self._inspection: Inspection | None = None
        self._clock: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield FilterLine("age>=20 age<30 gender=female flag=blurred", self._parse)
        yield Static(id="chips", markup=False)
        yield Static(id="sentence", markup=False)
        with Container(id="body"):
            yield FaceGrid(id="grid")
            yield FaceCard(id="card")
            with VerticalScroll(id="numbers"):
                yield Static(id="numbers-text", markup=False)
            with Vertical(id="findings"):
                yield FindingsList(markup=False)
                yield Static(id="advice", markup=False)
        yield Static(id="detail", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    @property
    def _grid(self) -> FaceGrid:
        return self.query_one(FaceGrid)

    def on_mount(self) -> None:
        self._clock = self.set_interval(1.0, self._tell_head, pause=True)
        self._show(GRID)
        self.open_source(self._session.source, self._sought)

    def on_unmount(self) -> None:
        if self._inspection is not None:
            self._inspection.stop()

    def on_resize(self) -> None:
        self._tell()
        self._fill_numbers()

    # Opening

    def seek(self, source: DataSource, name: str) -> None:
        """Show a face of a data set large: the one of that name."""
        if source != self._session.source or self._faces is None:
            self.open_source(source, name)
            return
        self._sought = name
        self._clear_filter()
        self._view = View()
        self._look()

    def open_source(self, source: DataSource, sought: str = "") -> None:
        """Look at another data set; at the face of the name `sought`, if there is one."""
        self._sought = sought
        if self._inspection is not None:
            self._inspection.stop()
        self._session = Session(source)
        self._faces, self._numbers, self._problem = None, None, ""
        self._view = View()
        self.query_one(FilterLine).clear()
        self._grid.marked = set()
        self._begin("reading names")
        self._open(self._session)

    @work(thread=True, exclusive=True, group="open")
    def _open(self, session: Session) -> None:
        self._take_steps(session, session.open())

    def _take_steps(self, session: Session, steps: Iterator[FaceSet]) -> None:
        """On a thread: hand over each step of opening, or the sentence that it ended with."""
        worker = get_current_worker()
        try:
            for faces in steps:
                if worker.is_cancelled:
                    return
                self.app.call_from_thread(self._take, session, faces)
            said = ""
        except UserError as error:
            said = str(error)
        except Exception as error:
            said = f"{printable(str(session.folder))}: a fault; {log_traceback(error)}"
        if not worker.is_cancelled:
            self.app.call_from_thread(self._opened, session, said)

    def _take(self, session: Session, faces: FaceSet) -> None:
        if session is not self._session:
            return
        self._faces, self._problem = faces, ""
        self._look()
        self._fill_findings()
        self._count()

    def _opened(self, session: Session, problem: str) -> None:
        if session is not self._session:
            return
        self._end()
        if problem and self._faces is not None:
            self._say(problem, "error")
        else:
            self._problem = problem
        self._tell()

    # What is in view

    def _look(self, keep: bool = True) -> None:
        """Filter and sort anew; the cursor stays on its face where that is still in view, unless
        it is not to be kept."""
        if self._faces is not None:
            self._find_rows(self._faces, self._view, keep)

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
        if faces is not self._faces or view is not self._view:
            return
        # By name, as rows may have other numbers now; and only here, as the cursor may have been
        # moved since the rows were asked for.
        name = self._grid.current_name if keep else ""
        sought, self._sought = self._sought, ""
        self._grid.fill(faces, rows, row_of(faces, sought or name))
        if sought and self._grid.current_name == sought:
            self._show(FACE)
            self.call_after_refresh(self._show_card)
        elif sought:
            where = printable(str(self._session.folder))
            self._say(f"{sought}: is no longer in {where}; the faces may have changed", "warning")
        self._tell()
        if self._shows == FACE:
            self._show_card()

    def _change(self, **changes: Any) -> None:
        self._view = dataclasses.replace(self._view, **changes)
        self._look()

    def on_face_grid_moved(self, _: FaceGrid.Moved) -> None:
        self._tell()

    def on_face_grid_opened(self, _: FaceGrid.Opened) -> None:
        self.action_open()

    # Words around the grid

    def _tell(self) -> None:
        if not self.is_mounted:
            return
        self._tell_head()
        self._tell_chips()
        sentence = f"{self._problem}. Press a for another folder." if self._problem else ""
        found = self._grid.faces is not None and self._grid.faces is self._faces
        if found and not self._grid.rows and self._shows in (GRID, FACE):
            sentence = "No face fits; esc shows all."
        self.set_class(bool(sentence), "-told")
        self.query_one("#sentence", Static).update(printable(sentence))
        row = self._grid.current
        line = face_text.line(self._faces, row) if self._faces and row is not None else ""
        self.query_one("#detail", Static).update(line)

    def _tell_head(self) -> None:
        title = Content.styled("Data  ", "bold $text-primary")
        name = printable(self._session.folder.name or str(self._session.folder))
        words = [name]
        if self._faces is not None:
            words = [name, *_counts(self._faces), *self._position()]
        if self._busy:
            words.append(f"{self._busy}, {time.monotonic() - self._began:.0f} s")
        self.query_one("#head", Static).update(title + Content(" · ".join(words)))

    def _position(self) -> list[str]:
        first, last = self._grid.span
        count = len(self._grid.rows)
        where = f"{first + 1:,}–{last:,} of {count:,}" if count else ""
        return [where] if where and self._shows == GRID else []

    def _tell_chips(self) -> None:
        """What narrows, orders or marks the faces stays in sight while it does."""
        view = self._view
        words = [*self._parse(view.filter).terms]
        if view.chosen is not None:
            words.insert(0, view.chosen_words)
        if view.seed is not None:
            words.append(f"random order, seed {view.seed}")
        elif view.order != "name":
            words.append(ORDERS[view.order].words)
        if self._faces is not None and self._faces.model is not None:
            words.append(f"model of {self._faces.model.run}")
        chips = [Content.styled(f" {printable(word)} ", "reverse") for word in words]
        if self._grid.marked:
            chips.append(Content.styled(f" {len(self._grid.marked)} marked ", "reverse $accent"))
        line = self.query_one("#chips", Static)
        line.display = bool(chips) and not self.has_class("filtering")
        line.update(Content(" ").join([*chips, Content.styled("esc clears", "$text-muted")]))

    def _begin(self, what: str) -> None:
        self._busy, self._began = what, time.monotonic()
        if self._clock is not None:
            self._clock.resume()
        self._tell()

    def _end(self) -> None:
        self._busy = ""
        if self._clock is not None:
            self._clock.pause()
        self._tell_head()

    # Views

    def _show(self, view: str) -> None:
        self._shows = view
        for name in VIEWS:
            self.set_class(name == view, f"-{name}")
        focus = {GRID: "#grid", NUMBERS: "#numbers", FINDINGS: "FindingsList"}.get(view)
        self.set_focus(self.query_one(focus) if focus else None)
        if view == NUMBERS:
            self._fill_numbers()
            if self._numbers is None:
                self._count()
        self._tell()

    def action_open(self) -> None:
        if self._shows == GRID and self._grid.current is not None:
            self._show(FACE)
            self.call_after_refresh(self._show_card)
        elif self._shows == FACE:
            self._show(GRID)

    def _show_card(self) -> None:
        row = self._grid.current
        if self._faces is not None and row is not None:
            place = f"{self._grid.cursor + 1:,} of {len(self._grid.rows):,}"
            self.query_one(FaceCard).show(self._faces, row, place)

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
        """A filter of these faces; of none yet, one that all fit."""
        return language(self._faces).parse(text) if self._faces is not None else Filter((), ())

    def _clear_filter(self) -> None:
        self.query_one(FilterLine).clear()
        self._view = dataclasses.replace(self._view, filter="")

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        if self._faces is not None:
            self._change(filter=event.text)

    def on_filter_line_left(self, _: FilterLine.Left) -> None:
        self._leave_filter_line()

    def _leave_filter_line(self) -> None:
        self.remove_class("filtering")
        self._show(GRID)

    def action_sort(self) -> None:
        if self._faces is None:
            return
        turn = orders(self._faces)
        now = turn.index(self._view.order) if self._view.order in turn else -1
        self._change(order=turn[(now + 1) % len(turn)], seed=None)

    def action_sample(self) -> None:
        """Draw a random order; the seed on the screen draws it again."""
        seed = random.randrange(1000) if self._view.seed is None else self._view.seed + 1
        self._view = dataclasses.replace(self._view, seed=seed)
        self._grid.action_move_to(0)
        self._look(keep=False)

    # Numbers and findings

    def _count(self) -> None:
        """Count anew, or once somebody looks."""
        if self._shows != NUMBERS:
            self._numbers = None
        elif self._faces is not None:
            self._count_in_thread(self._faces)

    @work(thread=True, exclusive=True, group="numbers")
    def _count_in_thread(self, faces: FaceSet) -> None:
        numbers = numbers_of(faces)
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._counted, faces, numbers)

    def _counted(self, faces: FaceSet, numbers: Numbers) -> None:
        if faces is self._faces:
            self._numbers = numbers
            self._fill_numbers()

    def _fill_numbers(self) -> None:
        if self._shows != NUMBERS:
            return
        text = Content("counting…")
        if self._numbers is not None:
            text = number_text.page(
                self._numbers, max(40, self.size.width - 4), self.size.height - 3
            )
        self.query_one("#numbers-text", Static).update(text)

    def _fill_findings(self) -> None:
        findings = self._faces.findings if self._faces else []
        self.query_one(FindingsList).fill(findings)
        self._advise()

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        self._advise()

    def _advise(self) -> None:
        faces, place = self._faces, self.query_one(FindingsList).highlighted
        words = "No report yet: i looks at every picture, some seconds for 5,000."
        if faces is not None and faces.report is not None:
            words = "Nothing was found. i looks again."
        if faces is not None and place is not None and place < len(faces.findings):
            words = f"{faces.findings[place].advice} enter shows the faces, w writes the report."
        self.query_one("#advice", Static).update(printable(words))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if self._faces is None:
            return
        finding = self._faces.findings[event.option_index]
        rows = (row_of(self._faces, name) for name in finding.faces)
        self._clear_filter()
        self._view = View(
            chosen=tuple(row for row in rows if row is not None), chosen_words=finding.title
        )
        self._show(GRID)
        self._look()

    def action_inspect(self) -> None:
        self._make_report([])

    def action_write(self) -> None:
        folder = Path.cwd() / EXPORTS
        name = self._session.folder.name or "faces"
        self._make_report([folder / f"{name}-report.html", folder / f"{name}-report.json"])

    def _make_report(self, files: Sequence[Path]) -> None:
        if self._faces is None:
            return
        if self._busy:
            self._say(f"busy: {self._busy}", "warning")
            return
        self._begin("looking at every picture")
        run = self._faces.model.run if self._faces.model else ""
        self._inspection = Inspection(self._session.source, self._runs_root, run, files)
        self._inspect(self._session, self._inspection, files)

    @work(thread=True, exclusive=True, group="inspect")
    def _inspect(self, session: Session, inspection: Inspection, files: Sequence[Path]) -> None:
        def tell(line: str) -> None:
            self.app.call_from_thread(self._progress, session, line)

        try:
            for path in files:
                path.parent.mkdir(parents=True, exist_ok=True)
            if not inspection.run(tell):
                return
            said, level = "the report is ready: f shows it", "information"
            if files:
                said = "wrote " + " and ".join(printable(str(path)) for path in files)
        except UserError as error:
            said, level = str(error), "error"
        except OSError as error:
            said, level = f"the report was not made: {error.strerror or error}", "error"
        self.app.call_from_thread(self._inspected, session, said, level)

    def _progress(self, session: Session, line: str) -> None:
        if session is self._session:
            self._busy = line
            self._tell_head()

    def _inspected(self, session: Session, said: str, level: str) -> None:
        self._say(said, level)
        if session is self._session and self._faces is not None:
            self._end()
            self._reread(session, self._faces)

    @work(thread=True, exclusive=True, group="open")
    def _reread(self, session: Session, faces: FaceSet) -> None:
        self._take_steps(session, session.again(faces))

    # The model

    @work
    async def action_model(self) -> None:
        from agegender_tui.screens.pick_run import PickRunScreen

        if self._faces is None:
            return
        chosen = self._faces.model.run if self._faces.model else None
        picked = await self.app.push_screen_wait(
            PickRunScreen(
                self._runs_root,
                "",
                [chosen] if chosen else [],
                question="Which run's model judges these faces?",
            )
        )
        if picked is not None:
            run = None if picked == chosen else RunDir(self._runs_root / picked)
            self._carry_out(lambda session, faces: ("", session.judge(faces, run)))

    # Curation

    def action_mark(self) -> None:
        row = self._grid.current
        if row is None or self._shows != GRID:
            return
        self._grid.marked ^= {row}
        self._grid.refresh()
        self._grid.action_move(1)
        self._tell()

    def action_exclude(self) -> None:
        row = self._grid.current
        if row is None or self._shows not in (GRID, FACE):
            return
        rows = sorted(self._grid.marked) if self._grid.marked and self._shows == GRID else [row]
        self._carry_out(lambda session, faces: session.toggle(faces, rows))

    def action_undo(self) -> None:
        self._carry_out(lambda session, faces: session.undo(faces))

    def action_correct(self) -> None:
        from agegender_tui.screens.correct_label import CorrectLabelScreen

        faces, row = self._faces, self._grid.current
        if faces is None or row is None or self._shows not in (GRID, FACE):
            return

        def keep(answer: tuple[Label | None] | None) -> None:
            if answer is not None:
                label = answer[0]
                self._carry_out(lambda session, now: session.correct(now, row, label))

        name, old = printable(faces.name(row)), label_text(faces.label(row))
        self.app.push_screen(CorrectLabelScreen(name, old), keep)

    @work(thread=True, group="curate", exclusive=False)
    def _carry_out(self, what: Callable[[Session, FaceSet], tuple[str, FaceSet]]) -> None:
        session, faces = self._session, self._faces
        if faces is None:
            return
        try:
            said, after = what(session, faces)
        except UserError as error:
            self.app.call_from_thread(self._say, str(error), "error")
            return
        self.app.call_from_thread(self._curated, session, said, after)

    def _curated(self, session: Session, said: str, faces: FaceSet) -> None:
        if said:
            self._say(said, "information")
        if session is not self._session:
            return
        self._faces = faces
        self._grid.marked = set()
        self._fill_findings()
        self._look()
        self._count()

    @work
    async def action_folder(self) -> None:
        from agegender_tui.screens.pick_folder import PickFolderScreen

        named = await self.app.push_screen_wait(PickFolderScreen(str(self._session.source)))
        if named:
            self._open_named(named)

    @work
    async def action_keep(self) -> None:
        from agegender_tui.screens.register_dataset import RegisterDatasetScreen

        named = await self.app.push_screen_wait(RegisterDatasetScreen(str(self._session.folder)))
        if named:
            self._say(f"kept as {named}: train --data {named} uses it", "information")
            self._open_named(named)

    @work
    async def action_fetch(self) -> None:
        from agegender_tui.screens.fetch_utkface import FetchUTKFaceScreen

        folder = await self.app.push_screen_wait(FetchUTKFaceScreen())
        if folder is not None:
            self.open_source(DataSource(folder))

    def _open_named(self, named: str) -> None:
        """Look at what a registered name, a folder or `layout:folder` means."""
        try:
            self.open_source(resolve(named))
        except UserError as error:
            self._say(str(error), "error")

    def _say(self, text: str, level: str) -> None:
        severity: Any = level
        self.notify(printable(text), severity=severity, markup=False)


def _counts(faces: FaceSet) -> list[str]:
    found = [f"{faces.labelled:,} faces"]
    if faces.index.excluded:
        found.append(f"{len(faces.index.excluded):,} excluded")
    if faces.index.partial:
        found.append(faces.index.lacking)
    if faces.index.rejected:
        found.append(f"{len(faces.index.rejected):,} without a label")
    return found
