"""Round numbers for the axes of the charts, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Up to how many seconds an axis of time is in that unit.
UNITS = ((120.0, 1.0, "s"), (2 * 3600.0, 60.0, "min"), (3 * 86400.0, 3600.0, "h"))
DAYS = (86400.0, "d")


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
    """At most `most` ticks of a log axis, low and high and ticks in log10: 1, 2, 5, 10, 20, …; or
    1, 3, 10, 30, … or decades, not all of them where they are many. `most` is 2 or more.

    Within less than a decade, round numbers as on a linear axis, if there are two.
    """
    fine, halves, decades = (_log_places(low, high, steps) for steps in ((1, 2, 5), (1, 3), (1,)))
    if 3 <= len(fine) <= most:
        return fine
    linear = []
    if high - low < 1:
        linear = [math.log10(value) for value in ticks(10.0**low, 10.0**high, most) if value > 0]
    for places in (linear, fine, halves, decades):
        if 2 <= len(places) <= most:
            return places
    places = linear or (decades if len(decades) > 1 else halves)
    return places[:: math.ceil(len(places) / most)]


def _log_places(low: float, high: float, steps: Sequence[int]) -> list[float]:
    """These steps of each decade, where they lie within [low, high], all in log10."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    places = (math.log10(step) + decade for decade in decades for step in steps)
    return [place for place in places if low <= place <= high]


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


def time_ticks(low: float, high: float, most: int) -> tuple[list[float], list[str]]:
    """At most `most` ticks of an axis of seconds, and their texts in a unit that suits it.

    >>> time_ticks(0, 3000, 4)
    ([0.0, 1200.0, 2400.0], ['0', '20 min', '40 min'])
    """
    size, unit = next(((size, unit) for most_of, size, unit in UNITS if high <= most_of), DAYS)
    places = ticks(low / size, high / size, most)
    texts = tick_texts(places, log=False)
    return (
        [place * size for place in places],
        [f"{text} {unit}" if place else "0" for place, text in zip(places, texts, strict=True)],
    )
