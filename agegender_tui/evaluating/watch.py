"""Lists the evaluations on a thread of its own, again and again, and tells when they changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from agegender_tui.error_log import log_traceback
from agegender_tui.evaluating.listing import Listed, Listing
from trainer.errors import UserError

INTERVAL = 0.5


class EvaluationWatch:
    """Calls `tell(evaluations, problem)` from its thread after each listing that is unlike the one
    before; `problem` is a sentence where the folder cannot be listed."""

    def __init__(self, root: Path, tell: Callable[[list[Listed], str], None]) -> None:
        self._listing = Listing(root)
        self._tell = tell
        self._now = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._watch, name="evaluations", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_now(self) -> None:
        """List again at once: something was just changed."""
        self._now.set()

    def stop(self) -> None:
        self._ended = True
        self._now.set()

    def _watch(self) -> None:
        told: object = None
        logged = ""
        while not self._ended:
            self._now.clear()
            began = time.monotonic()
            found: list[Listed] = []
            problem = ""
            try:
                found = self._listing.list()
            except UserError as error:
                problem = str(error)
            except Exception as error:  # the screen outlives a fault of ours in here
                logged = logged or log_traceback(error)  # once is enough in the log
                problem = f"the evaluations cannot be listed, by a fault; {logged}"
            if self._ended:
                return
            if (found, problem) != told:
                told = found, problem
                self._tell(found, problem)
            self._now.wait(max(INTERVAL, 5 * (time.monotonic() - began)))
