"""Opens the data set that a screen shows, step by step, and tells what the screen is busy with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textual import work
from textual.timer import Timer
from textual.worker import get_current_worker

from agegender_tui.dataset.face_set import FaceSet
from agegender_tui.dataset.session import Session
from agegender_tui.error_log import log_traceback
from agegender_tui.screens.dialog import AskingScreen
from trainer.data.source import DataSource
from trainer.errors import UserError
from trainer.text import printable


class DatasetOpening(AskingScreen):
    """`faces` are there once the names are read; `problem` says why there are none. `busy` says
    what is being done, '' if nothing is."""

    def __init__(self, source: DataSource, runs_root: Path) -> None:
        super().__init__()
        self.runs_root = runs_root
        self.session = Session(source)
        self.faces: FaceSet | None = None
        self.problem = ""
        self.busy = ""
        self._began = 0.0
        self._clock: Timer | None = None

    def tell_head(self) -> None:
        """Show what there is, and what is being done."""
        raise NotImplementedError

    def tell(self) -> None:
        """Show all words anew."""
        raise NotImplementedError

    def changed(self, faces: FaceSet) -> None:
        """Show the data set, of which more is known, or which was judged or curated otherwise."""
        raise NotImplementedError

    def forget_marks(self) -> None:
        """Rows may have other numbers now."""
        raise NotImplementedError

    def begin(self, what: str) -> None:
        """Be busy."""
        self.busy, self._began = what, time.monotonic()
        if self._clock is None:
            self._clock = self.set_interval(1.0, self.tell_head)
        self._clock.resume()
        self.tell()

    def end(self) -> None:
        """Be busy no longer."""
        self.busy = ""
        if self._clock is not None:
            self._clock.pause()
        self.tell_head()

    @property
    def busy_words(self) -> str:
        """What is being done, and for how long already; '' if nothing is."""
        return f"{self.busy}, {time.monotonic() - self._began:.0f} s" if self.busy else ""

    def say(self, text: str, level: str) -> None:
        """A note at the edge of the screen."""
        severity: Any = level
        self.notify(printable(text), severity=severity, markup=False)

    @work(thread=True, exclusive=True, group="open")
    def open(self, session: Session) -> None:
        """Read the names, then what else is known."""
        self._take_steps(session, session.open())

    @work(thread=True, exclusive=True, group="open")
    def reread(self, session: Session, faces: FaceSet) -> None:
        """Take in a new report."""
        self._take_steps(session, session.again(faces))

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
        if session is not self.session:
            return
        if self.faces is None or faces.index.files is not self.faces.index.files:
            self.forget_marks()
        self.faces, self.problem = faces, ""
        self.changed(faces)

    def _opened(self, session: Session, problem: str) -> None:
        if session is not self.session:
            return
        self.end()
        if problem and self.faces is not None:
            self.say(problem, "error")
        else:
            self.problem = problem
        curation = self.faces.index.curation if self.faces is not None else None
        if curation is not None and curation.overlooked is not None:
            self.say(curation.overlooked_words, "warning")
        self.tell()
