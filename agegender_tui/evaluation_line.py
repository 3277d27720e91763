"""Evaluations under way, told on the error stream: in one line on a terminal, in plain lines for a
log, a line a phase and a tenth of the faces."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from trainer.errors import ExitCode, RunError
from trainer.evaluation.store import EvaluationDir
from trainer.jobs.status import LOADING_TENSORFLOW, Status
from trainer.text import printable

POLL_SECONDS = 0.2
LOST_WORDS = "its worker is gone; evaluating again goes on where it was"
DIED_LOADING = (
    "its worker died while TensorFlow was loading: run `agegender-tui doctor`, then evaluate again"
)


def follow(directories: Sequence[EvaluationDir]) -> dict[str, Status]:
    """Tell how far they are until none is worked on; how those ended that are not done, by id."""
    teller = _Teller(len(directories))
    ended: dict[str, Status] = {}
    waiting = list(directories)
    while waiting:
        found = [(directory, _status(directory)) for directory in waiting]
        idle = not any(status.state == "working" for _, status in found)
        for directory, status in found:
            if status.active:
                if idle or status.state == "working":
                    teller.tell(directory.id, status)
                continue
            waiting.remove(directory)
            if not (status.state == "finished" and directory.done):
                ended[directory.id] = status
            teller.ended(directory.id, status)
        if waiting:
            time.sleep(POLL_SECONDS)
    return ended


def _status(directory: EvaluationDir) -> Status:
    try:
        status = directory.status()
    except RunError as error:
        return Status("failed", text=str(error), code=int(error.exit_code))
    if status.shown != status.state:
        if status.phase == LOADING_TENSORFLOW:
            return Status("failed", text=DIED_LOADING, code=int(ExitCode.ENVIRONMENT))
        return Status("failed", text=LOST_WORDS, code=int(ExitCode.RUN))
    return status


class _Teller:
    def __init__(self, count: int) -> None:
        self._count, self._ended = count, 0
        self._terminal = sys.stderr.isatty()
        self._told: dict[str, tuple[str, int]] = {}
        self._noted: set[str] = set()

    def tell(self, name: str, status: Status) -> None:
        if status.text and status.text not in self._noted:
            self._noted.add(status.text)
            self._clear()
            print(f"{printable(name)}: {printable(status.text)}", file=sys.stderr, flush=True)
        tenth = 10 * status.done // status.of if status.of else 0
        same = self._told.get(name) == (status.phase, tenth)
        if not status.phase or (same and not self._terminal):
            return
        self._told[name] = (status.phase, tenth)
        far = f" {status.done:,} of {status.of:,}" if status.of else ""
        number = f"[{self._ended + 1}/{self._count}] " if self._count > 1 else ""
        self._show(f"{number}{name}: {status.phase}{far}")

    def ended(self, name: str, status: Status) -> None:
        self._ended += 1
        self._clear()
        if status.state != "finished":
            said = f"{status.state}: {status.text}"
            print(f"{printable(name)}: {printable(said)}", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _show(self, text: str) -> None:
        text = printable(text)
        if self._terminal:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)
