"""The button that gets UTKFace: from where, to which folder, the licence shown and accepted, and
then progress, which can be stopped and taken up again."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Checkbox, Input, ProgressBar, Select, Static

from agegender_tui.screens.dialog import Dialog
from agegender_tui.widgets.line_input import LineInput
from agegender_tui.widgets.path_input import PathInput
from agegender_tui.widgets.setting_field import FormSelect
from trainer.data.fetch.licence import LICENCE
from trainer.data.fetch.steps import Step
from trainer.data.fetch.utkface import Fetched, Wanted, fetch, wanted
from trainer.errors import UserError
from trainer.text import megabytes, printable

FOLDER = "data/UTKFace"
ELSEWHERE = "elsewhere"
SOURCES = [
    ("Hugging Face, 107 MB", "huggingface"),
    ("Kaggle, through its own client", "kaggle"),
    ("an archive: its path, or its address", ELSEWHERE),
]
_TELL_SECONDS = 0.2


class _Stopped(Exception):
    """The user does not want it any more."""


class Acceptance(Checkbox):
    """A box that says in words and by its mark what it is, where Textual's differs in colour
    alone."""

    BUTTON_INNER = " "
    ASKS, SAYS = "space: I accept these terms", "accepted"

    def watch_value(self) -> None:
        self.BUTTON_INNER = "✓" if self.value else " "
        self.label = self.SAYS if self.value else self.ASKS
        super().watch_value()


class FetchUTKFaceScreen(Dialog[Path | None]):
    """Answers with the folder the faces are in, None if they were not fetched."""

    CSS_PATH = "modal_form.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "fetch", "Fetch"),
        Binding("down", "app.focus_next", "Next", show=False),
        Binding("up", "app.focus_previous", "Previous", show=False),
        Binding("escape", "leave", "Back"),
    ]
    AUTO_FOCUS = "#source"

    class Went(Message):
        """The fetch is one step further; `speed` in bytes a second while it downloads."""

        def __init__(self, step: Step, speed: float) -> None:
            super().__init__()
            self.step, self.speed = step, speed

    class Ended(Message):
        """The fetch is over: `fetched`, or a `problem`, or neither where it was stopped."""

        def __init__(self, fetched: Fetched | None = None, problem: str = "") -> None:
            super().__init__()
            self.fetched, self.problem = fetched, problem

    def __init__(self, folder: str = FOLDER) -> None:
        super().__init__()
        self._folder = folder
        self._stop = threading.Event()
        self._fetching = False
        self._fetched: Fetched | None = None

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Get UTKFace", classes="title")
            with Horizontal(classes="row"):
                yield Static("from", classes="name")
                yield FormSelect(
                    SOURCES, value="huggingface", allow_blank=False, compact=True, id="source"
                )
            with Horizontal(classes="row", id="archive-row"):
                yield Static("archive", classes="name")
                yield LineInput(placeholder=".zip, .tar or .tar.gz, or https://…", id="archive")
            with Horizontal(classes="row"):
                yield Static("to", classes="name")
                yield PathInput(self._folder, id="target")
            with VerticalScroll(id="text", can_focus=True):
                yield Static(LICENCE, markup=False)
            yield Acceptance(Acceptance.ASKS, id="accept", compact=True)
            yield ProgressBar(id="progress", show_eta=False)
            yield Static("nothing is fetched before you accept and press Fetch", id="status")
            with Horizontal(classes="buttons"):
                yield Button("Fetch (ctrl+s)", id="fetch", compact=True, disabled=True)
                yield Button("Back (esc)", id="leave", compact=True)

    def on_mount(self) -> None:
        self.query_one("#archive-row").display = False

    def on_unmount(self) -> None:
        self._stop.set()

    @on(Select.Changed, "#source")
    def _source_changed(self, event: Select.Changed) -> None:
        self.query_one("#archive-row").display = event.value == ELSEWHERE

    @on(Checkbox.Changed)
    def _accepted(self) -> None:
        self._show_buttons()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.focus_next()

    # Fetching

    @on(Button.Pressed, "#fetch")
    def action_fetch(self) -> None:
        """Start, once the licence is accepted."""
        if self._fetching or self._fetched is not None:
            return
        if not self.query_one("#accept", Checkbox).value:
            self._tell("✗ read the terms above and accept them first", wrong=True)
            self.query_one("#accept").focus()
            return
        source = str(self.query_one("#source", FormSelect).value)
        if source == ELSEWHERE:
            source = self.query_one("#archive", Input).value
        try:
            asked = wanted(source, self.query_one("#target", Input).value)
        except UserError as error:
            self._tell(f"✗ {error}", wrong=True)
            return
        self._stop.clear()
        self._fetching = True
        self._show_buttons()
        self._tell("starting …")
        self._fetch(asked)

    @work(thread=True, exclusive=True, group="fetch")
    def _fetch(self, asked: Wanted) -> None:
        try:
            self.post_message(self.Ended(fetch(asked, _Teller(self, self._stop))))
        except _Stopped:
            self.post_message(self.Ended())
        except UserError as error:
            self.post_message(self.Ended(problem=str(error)))

    def on_fetch_utkface_screen_went(self, event: Went) -> None:
        step = event.step
        bar = self.query_one("#progress", ProgressBar)
        bar.update(total=step.of or None, progress=step.done)
        if self._stop.is_set():
            return
        if step.what == "downloading":
            of = f" of {megabytes(step.of)}" if step.of else ""
            self._tell(f"downloading {megabytes(step.done)}{of}, {event.speed / 1e6:.1f} MB/s")
        elif step.of and step.what == "unpacking":
            self._tell(f"unpacking picture {step.done:,} of {step.of:,}")
        else:
            self._tell(step.what)

    def on_fetch_utkface_screen_ended(self, event: Ended) -> None:
        self._fetching = False
        self._fetched = event.fetched
        if event.fetched is not None:
            told = [f"✓ {event.fetched.pictures:,} pictures in {event.fetched.folder}"]
            self._tell("; ".join([*told, *event.fetched.notes]))
        elif event.problem:
            self._tell(f"✗ {event.problem}", wrong=True)
        else:
            self._tell("stopped; what came is kept, and Fetch goes on with it")
        self._show_buttons()
        self.query_one("#leave" if event.fetched else "#fetch", Button).focus()

    # What is shown

    def _tell(self, text: str, wrong: bool = False) -> None:
        line = self.query_one("#status", Static)
        line.set_class(wrong, "-wrong")
        line.update(Text(printable(text)))

    def _show_buttons(self) -> None:
        accepted = self.query_one("#accept", Checkbox).value
        done = self._fetched is not None
        self.query_one("#fetch", Button).disabled = self._fetching or done or not accepted
        leave = self.query_one("#leave", Button)
        leave.label = "Stop (esc)" if self._fetching else "Done (esc)" if done else "Back (esc)"
        self.query_one("#progress").set_class(self._fetching, "-running")
        for name in ("source", "archive", "target", "accept"):
            self.query_one(f"#{name}").disabled = self._fetching or done

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Stop what is running; else leave, with the folder if there is one."""
        if self._fetching:
            self._stop.set()
            self._tell("stopping …")
            return
        self.dismiss(self._fetched.folder if self._fetched else None)


class _Teller:
    """Passes steps on to the screen, not too often, and gives up when told to stop."""

    def __init__(self, screen: FetchUTKFaceScreen, stop: threading.Event) -> None:
        self._screen, self._stop = screen, stop
        self._told = 0.0
        self._began: tuple[float, int] | None = None

    def __call__(self, step: Step) -> None:
        if self._stop.is_set():
            raise _Stopped
        now = time.monotonic()
        if step.what != "downloading":
            self._began = None
        elif self._began is None:
            self._began = (now, step.done)
        if now - self._told < _TELL_SECONDS:
            return
        self._told = now
        began, had = self._began or (now, step.done)
        speed = (step.done - had) / (now - began) if now > began else 0.0
        self._screen.post_message(FetchUTKFaceScreen.Went(step, speed))
