"""The progress of pictures that are predicted into a table."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from textual import work
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker

from agegender_tui.predicting.batch import Progress, predict_to_table
from agegender_tui.predicting.shown_path import shown_path
from agegender_tui.widgets.progress import bar
from trainer.errors import UserError
from trainer.text import printable

_DRAW_SECONDS = 0.1
_BAR = 20


class BatchLine(Static):
    """Hidden unless one is under way; there is one at a time."""

    DEFAULT_CSS = """
    BatchLine {
        display: none; height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    BatchLine.-runs { display: block; }
    """

    class Ended(Message):
        """What it came to, or why it did not."""

        def __init__(self, words: str, level: str) -> None:
            super().__init__()
            self.words, self.level = words, level

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._worker: Worker[None] | None = None
        self._progress = Progress()
        self._out = Path()
        self._drawn = 0.0

    @property
    def runs(self) -> bool:
        """Whether one is under way."""
        return self._worker is not None and self._worker.is_running

    def start(self, source: str, out: Path, request: dict[str, Any]) -> None:
        """Begin, or go on with, the table `out`."""
        self._progress, self._out = Progress(), out
        self.add_class("-runs")
        self.update("looking for pictures…")
        self._worker = self._work(source, out, request)

    def cancel(self) -> None:
        """End it after the picture under way; the table stays."""
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None
            self.remove_class("-runs")
            words = f"stopped after {self._progress.summary()}; the same table goes on from there"
            self.post_message(self.Ended(words, "warning"))

    @work(exclusive=True, group="batch")
    async def _work(self, source: str, out: Path, request: dict[str, Any]) -> None:
        try:
            done = await predict_to_table(source, out, request, self._told)
            words, level = f"{done.summary()}: {printable(shown_path(out))}", "information"
        except UserError as error:
            words, level = str(error), "error"
        self.remove_class("-runs")
        self.post_message(self.Ended(words, level))

    def _told(self, progress: Progress) -> None:
        self._progress = progress
        now = time.monotonic()
        if now - self._drawn >= _DRAW_SECONDS or not progress.done:
            self._drawn = now
            words = progress.words(now) if progress.done else "loading the models"
            out = printable(self._out.name)
            self.update(bar(progress.share, _BAR) + Content(f" {words}, into {out}; b stops it"))
