"""A folder, a pattern or a list predicted into a table, by a process of its own, so that single
pictures are answered meanwhile. The command line's `predict` uses the same parts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agegender_tui.predicting.many_files import expand, no_picture, predictions
from agegender_tui.predicting.process import PredictionProcess
from agegender_tui.predicting.saving import written_to
from agegender_tui.predicting.table import PredictionTable
from agegender_tui.predicting.table_settings import settings_of
from agegender_tui.predicting.terminal_lines import NO_FACE
from trainer.runs.atomic import storage_errors
from trainer.text import duration, printable


@dataclass
class Progress:
    """How far it is. `before` are the files that the table held already; `began` is 0 until the
    first answer."""

    total: int = 0
    before: int = 0
    done: int = 0
    faces: int = 0
    faceless: int = 0
    unreadable: int = 0
    began: float = 0.0
    last_problem: str = field(default="", repr=False)
    closed: list[str] = field(default_factory=list)  # folders that cannot be read

    def take(self, reply: dict[str, Any], now: float) -> None:
        """Count one file's answer."""
        self.began = self.began or now
        self.done += 1
        self.faces += len(reply["faces"])
        if not reply["faces"]:
            if reply["problem"] == NO_FACE:
                self.faceless += 1
            else:
                self.unreadable += 1
                self.last_problem = f"{printable(Path(reply['file']).name)}: {reply['problem']}"

    @property
    def share(self) -> float:
        """0 to 1."""
        return (self.before + self.done) / self.total if self.total else 0.0

    def words(self, now: float) -> str:
        """`120 of 2,000 files, 31/s, 1 min left, 2 unreadable`."""
        words = [f"{self.before + self.done:,} of {self.total:,} files"]
        if self.done > 1 and now > self.began:
            speed = (self.done - 1) / (now - self.began)
            left = (self.total - self.before - self.done) / speed
            words += [f"{speed:.0f}/s" if speed >= 1 else f"{speed:.1f}/s"]
            words += [f"{duration(left)} left"]
        return ", ".join([*words, *self._not_predicted()])

    def summary(self) -> str:
        """What it came to."""
        faces = "1 face" if self.faces == 1 else f"{self.faces:,} faces"
        files = "1 file" if self.done == 1 else f"{self.done:,} files"
        old = [f"{self.before:,} done before"] if self.before else []
        return "; ".join([", ".join([files, faces, *self._not_predicted(), *old]), *self.closed])

    def _not_predicted(self) -> list[str]:
        found = [f"{self.faceless:,} without a face"] if self.faceless else []
        return [*found, f"{self.unreadable:,} unreadable"] if self.unreadable else found


async def predict_to_table(
    source: str,
    out: Path,
    request: dict[str, Any],
    told: Callable[[Progress], None],
) -> Progress:
    """Predict what `source` names (a folder, a pattern, a file, or @LIST) into `out`, .csv or
    .jsonl; what a table there already holds is not done again. `told` hears of every file.

    Cancel it at any time: the table stays, and the next call goes on with it. Raises UserError.
    """
    progress = Progress()
    table: PredictionTable | None = None
    try:
        own = written_to(request.get("cams", ""))
        closed = progress.closed.append
        names = await asyncio.to_thread(lambda: list(expand([source], own, closed)))
        if not names:
            raise no_picture(source, progress.closed)
        table = await asyncio.to_thread(_open_table, out, request)
        rest = [name for name in names if name not in table.done]
        progress.total, progress.before = len(names), len(names) - len(rest)
        told(progress)
        if not rest:
            return progress
        async with PredictionProcess() as process:
            async for reply in predictions(process, request, rest):
                table.add(reply)
                progress.take(reply, time.monotonic())
                told(progress)
    finally:
        if table is not None:
            table.close()
    return progress


def _open_table(out: Path, request: dict[str, Any]) -> PredictionTable:
    with storage_errors(out, "name another table"):
        out.parent.mkdir(parents=True, exist_ok=True)
    return PredictionTable(out, settings_of(request), resume=True)
