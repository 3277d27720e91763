"""From the courses of runs to what a chart draws, without NaN, infinity or the log of zero."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agegender_tui import horizontal
from trainer.runs.course import Course
from trainer.runs.events import EpochEvent

SMOOTHING = (0.0, 0.6, 0.9)
NO_SPREAD = 1e-6  # of the size of the values: a smaller difference is none


@dataclass(frozen=True)
class Metric:
    """One chart: `name` as in the events, times `scale` for the screen."""

    name: str
    title: str
    unit: str
    scale: float = 1.0
    decimals: int = 3
    log: bool = True

    def decimal(self, value: float) -> str:
        """A value already scaled, as `88.1` or `6.52`; a dash for no number."""
        return f"{value:.{self.decimals}f}" if math.isfinite(value) else "–"

    def text(self, value: float) -> str:
        """The same with its unit: `88.1 %`, `6.52 y`."""
        return self.decimal(value) + (self.unit if math.isfinite(value) else "")


METRICS = (
    Metric("gender_loss", "Gender loss", "", decimals=3),
    Metric("gender_accuracy", "Gender accuracy", " %", scale=100.0, decimals=1, log=False),
    Metric("age_loss", "Age loss", " y", decimals=2),
    Metric("age_mae", "Age MAE", " y", decimals=2),
)


@dataclass(frozen=True)
class Line:
    """One polyline without gaps. `role` is training, validation or the number of an overlaid run;
    `faint` marks the raw values behind a smoothed line."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    role: str
    faint: bool = False


@dataclass(frozen=True)
class Look:
    """How the user wants to see the charts. `span` is how much is shown, None for all of it, and
    `cursor` a place: both in epochs, or `by_time` in seconds of work."""

    smoothing: float = 0.0
    log: bool = False
    span: float | None = None
    cursor: float | None = None
    by_time: bool = False


@dataclass(frozen=True)
class Mark:
    """What the title of a chart says of a line: its best value, or that under the cursor. `place`
    is the epoch, or the second, at which it lies."""

    role: str
    place: float
    text: str


@dataclass(frozen=True)
class Plot:
    """All that one chart draws. `low` and `high` bound the y axis, in log10 where `log`; `begun`
    says whether an epoch is finished, which need not have a value that can be drawn."""

    metric: Metric
    lines: tuple[Line, ...]
    first: float
    last: float
    low: float
    high: float
    log: bool
    by_time: bool
    best: tuple[Mark, ...]
    read: tuple[Mark, ...]
    cursor: float | None
    begun: bool


def smooth(values: Sequence[float], weight: float) -> list[float]:
    """Exponential moving average, corrected for its start, so that the first value stands.

    Values that are not finite stay gaps and do not enter the average.
    """
    average, norm, out = 0.0, 0.0, []
    for value in values:
        if not math.isfinite(value):
            out.append(math.nan)
            continue
        average = weight * average + (1 - weight) * value
        norm = weight * norm + (1 - weight)
        out.append(average / norm)
    return out


def axis_values(values: Sequence[float], log: bool) -> list[float]:
    """Values as the axis has them: log10 where `log`; NaN for what cannot be drawn."""
    if not log:
        return [value if math.isfinite(value) else math.nan for value in values]
    return [
        math.log10(value) if math.isfinite(value) and value > 0 else math.nan for value in values
    ]


def segments(
    xs: Sequence[float], ys: Sequence[float]
) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Cut at the gaps: runs of points that are all finite."""
    out: list[tuple[tuple[float, ...], tuple[float, ...]]] = []
    start = 0
    for index in range(len(ys) + 1):
        if index == len(ys) or not math.isfinite(ys[index]):
            if index > start:
                out.append((tuple(xs[start:index]), tuple(ys[start:index])))
            start = index + 1
    return out


def thin(
    xs: Sequence[float], ys: Sequence[float], limit: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """At most about `limit` of the points, with the ends and the extremes of every stretch."""
    if len(xs) <= max(limit, 4):
        return tuple(xs), tuple(ys)
    buckets = max(limit // 2, 2)
    kept = {0, len(xs) - 1}
    for bucket in range(buckets):
        part = range(bucket * len(xs) // buckets, (bucket + 1) * len(xs) // buckets)
        kept.add(min(part, key=ys.__getitem__))
        kept.add(max(part, key=ys.__getitem__))
    order = sorted(kept)
    return tuple(xs[i] for i in order), tuple(ys[i] for i in order)


def plot(courses: Mapping[str, Course], metric: Metric, look: Look, width: int) -> Plot:
    """What the chart of `metric` draws, `width` columns wide.

    One run: its training and validation values. Several: the validation values of each, by the
    order of `courses`. `best` has the best epoch of each run, `read` what the cursor reads.
    """
    first, last = shown_part(courses, look)
    log = look.log and metric.log
    lines: list[Line] = []
    for part, role, course in roles(courses):
        lines += _lines(course, metric, part, role, look, log, (first, last), width)
    if len(courses) > 1:
        lines.reverse()  # what is drawn last is in front: the first run
    lines.sort(key=lambda line: not line.faint)
    shown = [y for line in lines for y in line.ys]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    pad = _spread(low, high, log) * 0.04 or max(abs(high) * 0.05, 0.05)
    return Plot(
        metric=metric,
        lines=tuple(lines),
        first=first,
        last=max(last, first + 1),
        low=low - pad,
        high=high + pad,
        log=log,
        by_time=look.by_time,
        best=_best(courses, metric, look.by_time),
        read=_read(courses, metric, look),
        cursor=look.cursor if look.cursor is not None and first <= look.cursor <= last else None,
        begun=any(course.epochs for course in courses.values()),
    )


def _spread(low: float, high: float, log: bool) -> float:
    """How far values differ; 0 where only rounding tells them apart, as it does when a curve that
    stands still is smoothed."""
    size = 1.0 if log else max(abs(low), abs(high))  # a difference of logarithms is relative
    return high - low if high - low > NO_SPREAD * size else 0.0


def shown_part(courses: Mapping[str, Course], look: Look) -> tuple[float, float]:
    """The ends of the horizontal axis."""
    total = horizontal.total(courses.values(), look.by_time)
    if look.by_time:
        return horizontal.time_window(total, look.span, look.cursor)
    span = None if look.span is None else int(look.span)
    cursor = None if look.cursor is None else int(look.cursor)
    return horizontal.window(int(total), span, cursor)


def roles(courses: Mapping[str, Course]) -> list[tuple[str, str, Course]]:
    """(part, role, course) of each line that the charts have."""
    if len(courses) == 1:
        return [
            (part, part, course)
            for course in courses.values()
            for part in ("training", "validation")
        ]
    return [("validation", str(n), course) for n, course in enumerate(courses.values())]


def _best(courses: Mapping[str, Course], metric: Metric, by_time: bool) -> tuple[Mark, ...]:
    marks = []
    for part, role, course in roles(courses):
        best = course.best
        if best is not None and part == "validation":
            place = course.seconds_of(best.epoch) if by_time else float(best.epoch)
            marks.append(Mark(role, place, metric.text(value_of(best, part, metric))))
    return tuple(marks)


def _read(courses: Mapping[str, Course], metric: Metric, look: Look) -> tuple[Mark, ...]:
    if look.cursor is None:
        return ()
    marks = []
    for part, role, course in roles(courses):
        index = horizontal.at_or_before(course, look.cursor, look.by_time)
        if index is not None:
            value = metric.text(value_of(course.epochs[index], part, metric))
            marks.append(Mark(role, horizontal.places(course, look.by_time)[index], value))
    return tuple(marks)


def _lines(
    course: Course,
    metric: Metric,
    part: str,
    role: str,
    look: Look,
    log: bool,
    bounds: tuple[float, float],
    width: int,
) -> list[Line]:
    xs = horizontal.places(course, look.by_time)
    raw = [value_of(epoch, part, metric) for epoch in course.epochs]
    wanted = [(raw, bool(look.smoothing))]
    if look.smoothing:
        wanted.append((smooth(raw, look.smoothing), False))
    lines = []
    for values, faint in wanted:
        # Smoothed before it is cut, so that a zoom does not change what a line says.
        pairs = [
            (x, y)
            for x, y in zip(xs, axis_values(values, log), strict=True)
            if bounds[0] <= x <= bounds[1]
        ]
        for piece in segments([x for x, _ in pairs], [y for _, y in pairs]):
            thinned = thin(*piece, 2 * width)
            lines.append(Line(*thinned, role, faint))
    return lines


def value_of(epoch: EpochEvent, part: str, metric: Metric) -> float:
    """One value as shown on screen; NaN where the event lacks it."""
    values = epoch.train if part == "training" else epoch.validation
    return values.get(metric.name, math.nan) * metric.scale
