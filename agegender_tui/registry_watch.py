"""The runs, and what was asked of them, listed again and again for a screen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from agegender_tui.list_watch import ListWatch
from trainer.runs import control
from trainer.runs.registry import Registry, RunSummary
from trainer.runs.state import LOST

INTERVAL = 1.0

# The runs, and by the ids of active ones (when, command) of what no worker has taken yet.
RunsAndWishes = tuple[list[RunSummary], dict[str, tuple[float, str]]]


def watch_runs(
    root: Path, tell: Callable[[RunsAndWishes | None, str], None]
) -> ListWatch[RunsAndWishes]:
    """A watch that is not started yet."""
    registry = Registry(root)

    def listing() -> RunsAndWishes:
        runs = registry.list()
        return runs, {one.id: wish for one in runs if (wish := _asked(one))}

    return ListWatch("runs", listing, tell, INTERVAL)


def _asked(one: RunSummary) -> tuple[float, str] | None:
    if not one.status.active or one.state == LOST:
        return None
    waiting = []
    with contextlib.suppress(OSError):  # one odd run must not hide the others
        waiting = control.pending(one.run)
    if waiting:
        return waiting[-1]
    if one.status.asked:
        return one.status.asked_at, one.status.asked
    return None
