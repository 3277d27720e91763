"""From the epochs of runs to what a chart draws, without NaN, infinity or the log of zero."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trainer.runs.events import EpochEvent

SMALLEST_SPAN = 4
SMOOTHING = (0.0, 0.6, 0.9)


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
    """How the user wants to see the charts. `span` epochs are shown, None for all of them."""

    smoothing: float = 0.0
    log: bool = False
    span: int | None = None
    cursor: int | None = None


@dataclass(frozen=True)
class Plot:
    """All that one chart draws. `low` and `high` bound the y axis, in log10 where `log`."""

    metric: Metric
    lines: tuple[Line, ...]
    first: int
    last: int
    low: float
    high: float
    log: bool
    best: int
    best_text: str
    cursor: int | None


def best_epoch(history: Sequence[EpochEvent]) -> EpochEvent | None:
    """The last epoch that was the best when it ended."""
    return next((epoch for epoch in reversed(history) if epoch.best), None)


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


def zoomed(total: int, span: int | None, step: int) -> int | None:
    """The next span: half for a step of 1, double for -1, all for 0."""
    if step == 0 or (step < 0 and span is None):
        return None
    shown = min(span or total, total)
    new = max(shown // 2, SMALLEST_SPAN) if step > 0 else shown * 2
    return None if new >= total else new


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


def ticks(low: float, high: float, most: int, whole: bool = False) -> list[float]:
    """At most `most` round numbers within [low, high]; whole ones if asked.

    >>> ticks(5.3, 9.8, 5)
    [6.0, 7.0, 8.0, 9.0]
    """
    if not high > low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / max(most, 1)))
    for step in (m * power * scale for scale in (1, 10, 100) for m in (1, 2, 5)):
        if whole and step != int(step):
            continue
        numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
        if len(numbers) <= most:
            return [round(number * step, 12) for number in numbers]
    return [low]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` ticks of a log axis, low and high and ticks in log10: 1, 2, 5, 10, 20, …

    Within less than a decade, round numbers as on a linear axis.
    """
    decades = range(math.floor(low), math.ceil(high) + 1)
    for steps in ((1, 2, 5), (1,)):
        places = [math.log10(step) + decade for decade in decades for step in steps]
        places = [place for place in places if low <= place <= high]
        if 3 <= len(places) <= most:
            return places
    return [math.log10(value) for value in ticks(10.0**low, 10.0**high, most) if value > 0]


def tick_texts(values: Sequence[float], log: bool) -> list[str]:
    """Labels with as many decimals as tell neighbours apart."""
    shown = [10.0**value for value in values] if log else list(values)
    for decimals in range(5):
        texts = [f"{value:.{decimals}f}" for value in shown]
        if len(set(texts)) == len(texts) and all(
            abs(float(text) - value) <= 0.02 * abs(value) + 1e-9
            for text, value in zip(texts, shown, strict=True)
        ):
            return texts
    return [f"{value:.3g}" for value in shown]


def plot(
    histories: Mapping[str, Sequence[EpochEvent]], metric: Metric, look: Look, width: int
) -> Plot:
    """What the chart of `metric` draws, `width` columns wide.

    One run: its training and validation values. Several: the validation values of each, by the
    order of `histories`. The best epoch is that of the first run.
    """
    own = next(iter(histories.values()), ())
    total = max((h[-1].epoch for h in histories.values() if h), default=0)
    first, last = window(total, look.span, look.cursor)
    log = look.log and metric.log
    lines: list[Line] = []
    for number, history in enumerate(histories.values()):
        parts = ("training", "validation") if len(histories) == 1 else ("validation",)
        for part in parts:
            role = part if len(histories) == 1 else str(number)
            lines += _lines(history, metric, part, role, look, log, (first, last), width)
    if len(histories) > 1:
        lines.reverse()  # what is drawn last is in front: the first run
    lines.sort(key=lambda line: not line.faint)
    shown = [y for line in lines for y in line.ys]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    pad = (high - low) * 0.04 or max(abs(high) * 0.05, 0.05)
    best = best_epoch(own)
    value = best.validation.get(metric.name, math.nan) * metric.scale if best else math.nan
    return Plot(
        metric=metric,
        lines=tuple(lines),
        first=first,
        last=max(last, first + 1),
        low=low - pad,
        high=high + pad,
        log=log,
        best=best.epoch if best else 0,
        best_text=metric.text(value) if best else "",
        cursor=look.cursor if look.cursor and first <= look.cursor <= last else None,
    )


def _lines(
    history: Sequence[EpochEvent],
    metric: Metric,
    part: str,
    role: str,
    look: Look,
    log: bool,
    bounds: tuple[int, int],
    width: int,
) -> list[Line]:
    xs = [float(epoch.epoch) for epoch in history]
    raw = [value_of(epoch, part, metric) for epoch in history]
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


def readout(histories: Mapping[str, Sequence[EpochEvent]], cursor: int, width: int) -> str:
    """All values at one epoch in one line: training→validation, or each run's validation.

    Names are abbreviated where `width` columns do not hold them.
    """
    if len(histories) > 1:
        return f"epoch {cursor}  " + "   ".join(_validation_words(histories, cursor))
    epoch = _at(next(iter(histories.values()), ()), cursor)
    if epoch is None:
        return f"epoch {cursor}: no values"
    gender_loss, accuracy, age_loss, age_mae = (
        f"{metric.decimal(value_of(epoch, 'training', metric))}→"
        f"{metric.text(value_of(epoch, 'validation', metric))}"
        for metric in METRICS
    )
    full = (
        f"epoch {cursor}  gender loss {gender_loss}  gender accuracy {accuracy}  "
        f"age loss {age_loss}  age MAE {age_mae}  rate {epoch.learning_rate:.2g}"
    )
    if len(full) <= width:
        return full
    short = f"epoch {cursor} loss {gender_loss} acc {accuracy} age loss {age_loss} MAE {age_mae}"
    return short.replace(" y", "").replace(" %", "%")


def _validation_words(histories: Mapping[str, Sequence[EpochEvent]], cursor: int) -> list[str]:
    words = []
    for name, history in histories.items():
        epoch = _at(history, cursor)
        if epoch is not None:
            values = [metric.text(value_of(epoch, "validation", metric)) for metric in METRICS]
            words.append(f"{name[-4:]} {' '.join(values)}")
    return words or ["no values"]


def _at(history: Sequence[EpochEvent], number: int) -> EpochEvent | None:
    return next((epoch for epoch in history if epoch.epoch == number), None)
