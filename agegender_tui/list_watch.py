"""Lists what a folder holds on a thread of its own, again and again, and tells a screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from agegender_tui.error_log import log_traceback
from trainer.errors import UserError

Found = TypeVar("Found")


class ListWatch(Generic[Found]):
    """Calls `tell(found, problem)` from its thread after each call of `listing`, `seconds` apart.

    `what` is listed, as it is called in the plural; `problem` is a sentence where it cannot be, and
    `found` is then None.
    """

    def __init__(
        self,
        what: str,
        listing: Callable[[], Found],
        tell: Callable[[Found | None, str], None],
        seconds: float,
    ) -> None:
        self._what, self._listing, self._tell, self._seconds = what, listing, tell, seconds
        self._now = threading.Event()
        self._ended = False
        self._began: float | None = None
        self._fault = self._logged = ""
        self._thread = threading.Thread(target=self._watch, name=what, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look_now(self) -> None:
        """List again at once: something was just changed."""
        self._now.set()

    def stop(self) -> None:
        self._ended = True
        self._now.set()

    @property
    def listing_for(self) -> float:
        """Seconds since the listing under way began, 0 between two."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def _watch(self) -> None:
        while not self._ended:
            self._now.clear()
            self._began = began = time.monotonic()
            found: Found | None = None
            problem = ""
            try:
                found = self._listing()
            except UserError as error:
                problem = str(error)
            except OSError as error:
                problem = f"the {self._what} cannot be listed: {error.strerror or error}"
            except Exception as error:  # the screen outlives a fault of ours in here
                if repr(error) != self._fault:  # once is enough in the log
                    self._fault, self._logged = repr(error), log_traceback(error)
                problem = f"the {self._what} cannot be listed, by a fault; {self._logged}"
            self._began = None
            if self._ended:
                return
            self._tell(found, problem)
            # A slow disk is not asked more often than it can answer.
            self._now.wait(max(self._seconds, 5 * (time.monotonic() - began)))
