"""Which of several runs was started last. Their ids tell it only to the second, and by the clock of
whatever time zone each was started in; `created` in their states tells it to the microsecond."""

from __future__ import annotations

import bisect
import calendar
import time
from collections.abc import Callable
from pathlib import Path

from trainer.errors import RunError
from trainer.runs.layout import STAMP, RunDir, run_ids
from trainer.runs.state import read_state

ZONES_APART = 26 * 3600  # seconds: from UTC-12 to UTC+14


def newest_first(root: Path, most: int | None = None) -> list[str]:
    """Ids of the runs below `root`, the one started last first; of a thousand only so many states
    are read as the `most` newest can be among. RunError where `root` cannot be read."""
    ids = run_ids(root)
    if most is not None and len(ids) > most:
        ids = ids[bisect.bisect_left(ids, _stamp_before(ids[-most])) :]
    return sorted(ids, key=lambda name: age_key(name, _created(RunDir(root / name))))[::-1][:most]


def age_key(name: str, created: float) -> tuple[float, str]:
    """Sorts runs by their start, oldest first; `created` in Unix seconds, 0 where a state does not
    tell: then the id counts, as if of this time zone."""
    return created or _time(name, time.mktime), name


def _created(run: RunDir) -> float:
    try:
        return read_state(run).created
    except RunError:
        return 0.0


def _time(name: str, seconds_of: Callable[[time.struct_time], float]) -> float:
    """The time in an id; 0 where it is none, as in one that somebody made up."""
    try:
        return seconds_of(time.strptime(name[:15], STAMP))
    except (ValueError, OverflowError):
        return 0.0


def _stamp_before(name: str) -> str:
    """The least beginning of an id that can be of a run as new as `name`."""
    seconds = _time(name, calendar.timegm)
    return time.strftime(STAMP, time.gmtime(max(seconds - ZONES_APART, 0.0)))
