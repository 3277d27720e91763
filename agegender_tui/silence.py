"""What is said while a disk does not answer, and what time it is for what was read before."""

from __future__ import annotations

from pathlib import Path

from agegender_tui.run_table import ago
from trainer.text import printable

SILENT_SECONDS = 10.0  # a disk that takes longer for one reading is not just slow


def silence_text(root: Path, seconds: float) -> str:
    """A sentence where a reading below `root` goes on for so many seconds; '' while that is few."""
    if seconds < SILENT_SECONDS:
        return ""
    where = printable(str(root))
    return f"not read for {ago(seconds)}: the disk of {where} does not answer; what is seen is old"


def as_of(now: float, seconds: float) -> float:
    """The time to count up to: that of the last reading, once the next one goes on for long."""
    return now - seconds if seconds >= SILENT_SECONDS else now
