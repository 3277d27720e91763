"""Keep a data set under a name: what the folder would give is shown before it is accepted."""

from __future__ import annotations

import re
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Input, Select, Static
from textual.worker import get_current_worker

from agegender_tui.screens.dialog import Dialog
from agegender_tui.widgets.line_input import LineInput
from agegender_tui.widgets.path_input import PathInput
from agegender_tui.widgets.setting_field import FormSelect
from trainer.data.importers import LAYOUTS
from trainer.data.preview import Preview, preview, with_layout
from trainer.data.registered import register, resolve
from trainer.data.source import DataSource, mapping_of
from trainer.errors import UserError
from trainer.text import printable

LOOK_DELAY = 0.3  # seconds without a key before the folder is looked at
FIND_OUT = "find out"
COLUMNS = "file=photo age=years gender=sex male=1 female=2"


class _GivenUp(Exception):
    """Another folder is meant by now."""


class RegisterDatasetScreen(Dialog[str | None]):
    """Answers with the name under which the data set is kept, None if none is."""

    CSS_PATH = "modal_form.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep"),
        Binding("down", "app.focus_next", "Next", show=False),
        Binding("up", "app.focus_previous", "Previous", show=False),
        Binding("escape", "cancel", "Back"),
    ]
    AUTO_FOCUS = "#folder"

    class Looked(Message):
        """A look at a folder is done: `seen` says what is there, or `problem` what is wrong."""

        def __init__(self, asked: tuple[str, ...], seen: Preview | None, problem: str = "") -> None:
            super().__init__()
            self.asked, self.seen, self.problem = asked, seen, problem

    def __init__(self, folder: str = "") -> None:
        super().__init__()
        self._folder = folder
        self._proposed = proposed_name(folder)
        self._seen: Preview | None = None
        self._looking: Timer | None = None
        self._waiting = False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Add a data set", classes="title")
            with Horizontal(classes="row"):
                yield Static("folder", classes="name")
                yield PathInput(self._folder, id="folder")
            with Horizontal(classes="row"):
                yield Static("layout", classes="name")
                yield FormSelect(
                    [
                        ("find out from its files", FIND_OUT),
                        *((title, name) for name, (_, title) in LAYOUTS.items()),
                    ],
                    value=FIND_OUT,
                    allow_blank=False,
                    compact=True,
                    id="layout",
                )
            with Horizontal(classes="row", id="mapping-row"):
                yield Static("columns", classes="name")
                yield LineInput(placeholder=f"e.g. {COLUMNS}", id="mapping")
            with Horizontal(classes="row"):
                yield Static("name", classes="name")
                yield LineInput(
                    self._proposed, placeholder="what to call it, e.g. agedb", id="dataset-name"
                )
            with VerticalScroll(id="text", can_focus=True):
                yield Static(id="preview", markup=False)
            yield Static(id="status", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Keep (ctrl+s)", id="keep", compact=True, disabled=True)
                yield Button("Cancel (esc)", id="cancel", compact=True)

    def on_mount(self) -> None:
        self._show_mapping()
        self._look()

    # Looking

    @property
    def is_looking(self) -> bool:
        """Whether a look at what the fields say is still to come."""
        return self._waiting

    @on(Input.Changed, "#folder")
    def _folder_changed(self, event: Input.Changed) -> None:
        name = self.query_one("#dataset-name", Input)
        if name.value == self._proposed:
            self._proposed = proposed_name(event.value)
            name.value = self._proposed
        self._look_soon()

    @on(Input.Changed, "#mapping")
    def _mapping_changed(self) -> None:
        self._look_soon()

    @on(Select.Changed, "#layout")
    def _layout_changed(self) -> None:
        self._show_mapping()
        self._look()

    def _show_mapping(self) -> None:
        chosen = self.query_one("#layout", FormSelect).value
        self.query_one("#mapping-row").display = chosen == "csv"

    def _asked(self) -> tuple[str, ...]:
        """What is to be looked at: folder, layout, columns."""
        layout = str(self.query_one("#layout", FormSelect).value)
        columns = self.query_one("#mapping", Input).value if layout == "csv" else ""
        return self.query_one("#folder", Input).value.strip(), layout, columns

    def _look_soon(self) -> None:
        self._forget()
        if self._looking is not None:
            self._looking.stop()
        self._waiting = True
        self._looking = self.set_timer(LOOK_DELAY, self._look)

    def _forget(self) -> None:
        self._seen = None
        self.query_one("#keep", Button).disabled = True

    def _look(self) -> None:
        if self.gone:
            return
        self._forget()
        asked = self._asked()
        self._waiting = bool(asked[0])
        if not asked[0]:
            self._tell("", "type the folder of the faces")
            return
        self._tell("", "looking …")
        self._look_at(asked)

    @work(thread=True, exclusive=True, group="look")
    def _look_at(self, asked: tuple[str, ...]) -> None:
        worker = get_current_worker()

        def poll() -> None:
            if worker.is_cancelled:
                raise _GivenUp

        try:
            self.post_message(self.Looked(asked, preview(_source(*asked), poll)))
        except UserError as error:
            self.post_message(self.Looked(asked, None, str(error)))
        except _GivenUp:
            pass

    def on_register_dataset_screen_looked(self, event: Looked) -> None:
        if self.gone or event.asked != self._asked():
            return
        self._waiting = False
        self._seen = event.seen
        if event.seen is None:
            self._tell("", f"✗ {event.problem}", wrong=True)
            return
        usable = bool(event.seen.faces or event.seen.partial)
        self.query_one("#keep", Button).disabled = not usable
        self._tell("\n".join(event.seen.lines()), _summary(event.seen), wrong=not usable)

    def _tell(self, text: str, status: str, wrong: bool = False) -> None:
        self.query_one("#preview", Static).update(Text(text))
        line = self.query_one("#status", Static)
        line.set_class(wrong, "-wrong")
        line.update(Text(printable(status)))

    # Keeping

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#keep")
    def action_keep(self) -> None:
        """Keep what is shown under the name."""
        if self._seen is None or self.query_one("#keep", Button).disabled:
            return
        name = self.query_one("#dataset-name", Input).value.strip()
        try:
            register(name, self._seen.source)
        except UserError as error:
            self._tell("\n".join(self._seen.lines()), f"✗ {error}", wrong=True)
            self.query_one("#dataset-name").focus()
            return
        self.dismiss(name)

    @on(Button.Pressed, "#cancel")
    def action_cancel(self) -> None:
        self.dismiss(None)


def _source(folder: str, layout: str, columns: str) -> DataSource:
    source = resolve(folder)
    if columns.strip():
        source = DataSource(source.folder, "csv", mapping_of(columns))
    known = source.layout != "utkface" or source.mapping
    chosen = layout if layout != FIND_OUT else source.layout if known else ""
    return with_layout(source, chosen)


def _summary(seen: Preview) -> str:
    if seen.faces:
        return f"✓ {seen.faces:,} faces to train on, {seen.left_out:,} left out"
    if seen.partial:
        return "! to look at only: a run needs an exact age and a gender"
    return "✗ no labelled face: choose another folder or layout"


def proposed_name(folder: str) -> str:
    """A name made of the folder's last part, '' where none can be.

    >>> proposed_name("/data/My Faces (2)/")
    'my-faces-2'
    """
    last = folder.strip().rstrip("/").rpartition("/")[2].lower()
    return re.sub(r"[^a-z0-9._]+", "-", last).strip("-._")[:40]
