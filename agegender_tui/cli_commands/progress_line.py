"""A line on the error stream that says how far something is: rewritten on a terminal, one a second
elsewhere."""

from __future__ import annotations

import sys
import time


class ProgressLine:
    """Call it with the text as often as there is news."""

    def __init__(self) -> None:
        self._last = 0.0
        self._terminal = sys.stderr.isatty()

    def __call__(self, text: str, last: bool = False) -> None:
        """Show the text; `last` shows it in any case and, on a terminal, clears the line."""
        now = time.monotonic()
        if now - self._last < (0.1 if self._terminal else 1.0) and not last:
            return
        self._last = now
        if self._terminal:
            print(f"\r\x1b[K{text}", end="\r\x1b[K" if last else "", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)
