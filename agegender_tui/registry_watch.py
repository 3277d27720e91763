"""Lists the runs on a thread of its own, again and again, and tells a screen the outcome."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from agegender_tui.error_log import log_traceback
from trainer.errors import UserError
from trainer.runs import control
from trainer.runs.registry import Registry, RunSummary
from trainer.runs.state import LOST

INTERVAL = 1.0


class RegistryWatch:
    """Calls `tell(runs, asked, problem)` from its thread after each listing.

    `asked` maps ids of active runs to (when, command) of what no worker has taken yet; `problem`
    is a sentence where the folder cannot be listed, and `runs` is then empty.
    """

    def __init__(
        self,
        root: Path,
        tell: Callable[[list[RunSummary], dict[str, tuple[float, str]], str], None],
    ) -> None:
        self._registry = Registry(root)
        self._tell = tell
        self._now = threading.Event()
        self._ended = False
        self._fault = self._logged = ""
        self._thread = threading.Thread(target=self._watch, name="registry", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_now(self) -> None:
        """List again at once: something was just changed."""
        self._now.set()

    def stop(self) -> None:
        self._ended = True
        self._now.set()

    def _watch(self) -> None:
        while not self._ended:
            self._now.clear()
            began = time.monotonic()
            runs: list[RunSummary] = []
            asked: dict[str, tuple[float, str]] = {}
            problem = ""
            try:
                runs = self._registry.list()
                asked = {one.id: wish for one in runs if (wish := _asked(one))}
            except UserError as error:
                problem = str(error)
            except OSError as error:
                problem = f"the runs cannot be listed: {error.strerror or error}"
            except Exception as error:  # the screen outlives a fault of ours in here
                if repr(error) != self._fault:  # once is enough in the log
                    self._fault, self._logged = repr(error), log_traceback(error)
                problem = f"the runs cannot be listed, by a fault; {self._logged}"
            if self._ended:
                return
            self._tell(runs, asked, problem)
            # A slow disk is not asked more often than it can answer.
            self._now.wait(max(INTERVAL, 5 * (time.monotonic() - began)))


def _asked(one: RunSummary) -> tuple[float, str] | None:
    if not one.status.active or one.state == LOST:
        return None
    waiting = control.pending(one.run)
    if waiting:
        return waiting[-1]
    if one.status.asked:
        return one.status.asked_at, one.status.asked
    return None
