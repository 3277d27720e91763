"""A screen with a list of what lies in a folder, read again and again on a thread of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from textual.events import ScreenResume
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from agegender_tui.list_watch import ListWatch
from agegender_tui.silence import as_of, silence_text
from trainer.text import printable

INTERVAL = 0.5
TICK_SECONDS = 1.0

Entry = TypeVar("Entry")


class WatchedList(Screen[None], Generic[Entry]):
    """`found` is what was seen last, `listed` says whether anything was yet, and `problem` why it
    may be old; the widget `#problem` tells that."""

    class Found(Message):
        """The watching thread has listed the folder."""

        def __init__(self, found: list[Any] | None, problem: str) -> None:
            super().__init__()
            self.found, self.problem = found, problem

    def __init__(
        self,
        runs_root: Path,
        what: str,
        listing: Callable[[], list[Entry]],
        now: Callable[[], float] = time.time,
    ) -> None:
        """`what` is listed, in the plural."""
        super().__init__()
        self.runs_root, self._clock = runs_root, now
        self.found: list[Entry] = []
        self.listed = False
        self.problem = ""
        self._watch = ListWatch(what, listing, self._hear, INTERVAL)
        self._heard: tuple[list[Entry] | None, str] | None = None

    def came(self) -> None:
        """Called after each new `found`, or `problem`."""
        self.show()

    def show(self) -> None:
        """Bring the list and all words up to date."""
        raise NotImplementedError

    @property
    def now(self) -> float:
        """Unix seconds; while the disk is silent, of when it last answered."""
        return as_of(self._clock(), self._watch.listing_for)

    def on_mount(self) -> None:
        self._watch.start()
        self.set_interval(TICK_SECONDS, self._tick)

    def on_unmount(self) -> None:
        self._watch.stop()

    def on_screen_resume(self, _: ScreenResume) -> None:
        self._watch.look_now()

    def carried_out(self) -> None:
        """A command may have changed what lies there."""
        self._watch.look_now()

    def _hear(self, found: list[Entry] | None, problem: str) -> None:
        if (found, problem) != self._heard:
            self._heard = found, problem
            self.post_message(self.Found(found, problem))

    def on_watched_list_found(self, event: Found) -> None:
        self.problem = event.problem
        if event.found is not None:  # else what was seen last stays, with a line on why it is old
            self.found = event.found
        self.listed = True
        self.came()

    def _tick(self) -> None:
        """How long ago one was asked for, and a disk was silent, changes while nothing does."""
        if self.is_current and (self.listed or self._watch.listing_for):
            self.show()

    def tell_problem(self) -> None:
        """Show the line on why `found` may be old, where it may."""
        text = silence_text(self.runs_root, self._watch.listing_for) or printable(self.problem)
        line = self.query_one("#problem", Static)
        line.display = bool(text)
        line.update(text)
