"""What happened in a run, line by line, and on request the end of its worker's own log."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text
from textual.events import Resize
from textual.widgets import RichLog

from agegender_tui.run_view import LogLine
from trainer.text import printable

MARKS = {"quiet": " ", "info": " ", "good": "✔", "warning": "!", "error": "✘"}
STYLES = {"quiet": "dim", "info": "", "good": "green", "warning": "yellow", "error": "bold red"}
TAIL_BYTES = 32_768
TAIL_LINES = 300


def line_text(line: LogLine) -> Text:
    """One line: local time, a mark for its level, the text."""
    clock = time.strftime("%H:%M:%S", time.localtime(line.t))
    return Text.assemble(
        (clock, "dim"), " ", (f"{MARKS[line.level]} {line.text}", STYLES[line.level])
    )


def tail(path: Path) -> list[str]:
    """The last lines of a log, safe to show; a sentence where there is none."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - TAIL_BYTES, 0))
            content = file.read()
    except OSError as error:
        return [f"{printable(path.name)}: cannot be read ({error.strerror})"]
    lines = content.decode("utf-8", "replace").splitlines()
    if size > TAIL_BYTES:
        lines = lines[1:]  # cut in the middle
    return [printable(line) for line in lines[-TAIL_LINES:]] or [f"{printable(path.name)} is empty"]


class LogPane(RichLog):
    """The log lines so far, growing at the end."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(
            id="log", wrap=True, min_width=1, markup=False, highlight=False, max_lines=1000
        )
        self._lines: Sequence[LogLine] = ()
        self._logged = 0
        self._written, self._wrapped_at = 0, 0

    def show(self, lines: Sequence[LogLine], logged: int) -> None:
        """Write what is new of `lines`, the last of `logged` in all; other lines than those shown
        so far are all written, in place of these."""
        if lines is not self._lines:
            self._lines, self._wrapped_at = lines, 0
        self._logged = logged
        self._write()

    def on_resize(self, _: Resize) -> None:
        self._write()

    def _write(self) -> None:
        """Nothing while it is hidden, when there is no width to wrap to; all of it anew where the
        width is another."""
        width = self.size.width
        if not width:
            return
        at_end, place = self.is_vertical_scroll_end, self.scroll_y
        anew = width != self._wrapped_at
        if anew:
            self.clear()
            self._written, self._wrapped_at = 0, width
        new = min(self._logged - self._written, len(self._lines))
        self._written = self._logged
        for line in list(self._lines)[len(self._lines) - new :]:
            self.write(line_text(line), scroll_end=at_end)
        if anew and not at_end:
            self.scroll_to(y=place, animate=False)


class WorkerLogPane(RichLog):
    """The tail of worker.log, as the worker and its libraries wrote it."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="worker-log", wrap=True, min_width=1, markup=False, highlight=False)
        self._written: tuple[Sequence[str], int] | None = None

    def show(self, lines: Sequence[str]) -> None:
        """Write these lines, wrapped anew, unless they stand there; who scrolled up stays there."""
        if (lines, self.size.width) == self._written:
            return
        self._written = lines, self.size.width
        at_end, place = self.is_vertical_scroll_end, self.scroll_y
        self.clear()
        for line in lines:
            self.write(Text(line), scroll_end=at_end)
        if not at_end:
            self.scroll_to(y=place, animate=False)
