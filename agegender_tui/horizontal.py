"""What lies along the charts: epochs, counted from 1, or seconds of work, from 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trainer.runs.course import Course
from trainer.text import duration

SMALLEST_SPAN = 4


def places(course: Course, by_time: bool) -> Sequence[float]:
    """Where each epoch of the course lies."""
    return course.seconds if by_time else [float(epoch.epoch) for epoch in course.epochs]


def total(courses: Iterable[Course], by_time: bool) -> float:
    """The number of the last epoch, or the seconds until its end, over all courses."""
    return max((places(one, by_time)[-1] for one in courses if one.epochs), default=0.0)


def at_or_before(course: Course, place: float, by_time: bool) -> int | None:
    """Index of what the cursor reads: that very epoch or, by time, the last one done by then."""
    found = None
    for index, x in enumerate(places(course, by_time)):
        if x == place or (by_time and x < place):
            found = index
    return found


def moved(
    courses: Iterable[Course], cursor: float | None, start: float, step: int, by_time: bool
) -> float:
    """The cursor's next place: one epoch of any of the courses on or back; `start` to begin."""
    if cursor is None:
        return start
    xs = sorted({x for course in courses for x in places(course, by_time)})
    there = [x for x in xs if x > cursor] if step > 0 else [x for x in reversed(xs) if x < cursor]
    return there[0] if there else cursor


def outermost(courses: Iterable[Course], step: int, by_time: bool) -> float | None:
    """The place of the first epoch of all courses for -1, of the last for 1; None without any."""
    xs = [x for course in courses for x in places(course, by_time)]
    return (max if step > 0 else min)(xs, default=None)


def words(place: float, by_time: bool) -> str:
    """`54`, or `1 h 05 min`."""
    return duration(place) if by_time else f"{place:.0f}"


def window(total: int, span: int | None, cursor: int | None) -> tuple[int, int]:
    """First and last epoch shown: around the cursor, or else the latest.

    >>> window(100, 20, None), window(100, 20, 5), window(100, None, 5)
    ((81, 100), (1, 20), (1, 100))
    """
    total = max(total, 1)
    if span is None or span >= total:
        return 1, total
    first = total - span + 1 if cursor is None else cursor - span // 2
    first = min(max(first, 1), total - span + 1)
    return first, first + span - 1


def time_window(total: float, span: float | None, cursor: float | None) -> tuple[float, float]:
    """First and last second shown, in the same manner.

    >>> time_window(100.0, 20.0, None), time_window(100.0, 20.0, 50.0)
    ((80.0, 100.0), (40.0, 60.0))
    """
    if span is None or span >= total:
        return 0.0, total
    first = total - span if cursor is None else cursor - span / 2
    first = min(max(first, 0.0), total - span)
    return first, first + span


def zoomed(total: float, span: float | None, step: int, least: float) -> float | None:
    """The next span: half for a step of 1, but `least`; double for -1, all for 0."""
    if step == 0 or (step < 0 and span is None):
        return None
    shown = min(span or total, total)
    new = max(shown // 2, least) if step > 0 else shown * 2
    return None if new >= total else new


def least_span(courses: Iterable[Course], by_time: bool) -> float:
    """The closest zoom: four epochs, or the time that the longest of four took."""
    if not by_time:
        return float(SMALLEST_SPAN)
    return SMALLEST_SPAN * max((e.seconds for one in courses for e in one.epochs), default=1.0)
