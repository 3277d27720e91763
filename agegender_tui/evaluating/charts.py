"""What the charts of an evaluation draw: plain numbers, finite, and no more than can be told apart.

Functions that read a `Scored` need numpy and belong on a thread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agegender_tui.evaluating.bands import band_text
from trainer.data.labels import MAX_AGE
from trainer.evaluation.kinds import RANGE

if TYPE_CHECKING:
    from trainer.evaluation.reliability import Bin
    from trainer.evaluation.scored import Scored

Point = tuple[float, float]
CHART_WIDTH = 34  # cells below which charts go under each other
DOTS_ACROSS, DOTS_DOWN = 2, 4  # of a cell, in braille


@dataclass(frozen=True)
class Series:
    """Points of one evaluation: `role` is its number, by which it has its colour and marker.
    `joined` points are a line; `bars` are the ends of an interval at an x. `marker` is drawn
    instead of its own."""

    role: str
    points: tuple[Point, ...]
    joined: bool = True
    bars: tuple[tuple[float, float, float], ...] = ()
    marker: str = ""


@dataclass(frozen=True)
class Chart:
    """One chart. `along` and `up` are the ends of its axes, `ticks` the places and words of the
    axis along where they are not round numbers, `guide` the ends of the line where a perfect model
    would lie. `empty` says why there is nothing, where there is not."""

    title: str
    series: tuple[Series, ...]
    along: Point
    up: Point
    ticks: tuple[tuple[float, str], ...] = ()
    guide: tuple[Point, Point] | None = None
    empty: str = ""


def scatter(scored: Scored, title: str, role: str) -> Chart:
    """Predicted against true age, years; a range of ages lies at its middle, one without an end
    (70 and more) at its first year."""
    ended = scored.age_high < MAX_AGE
    truth = scored.age_low + ended * (scored.age_high - scored.age_low) / 2
    pairs = zip(truth.tolist(), scored.ages.tolist(), strict=True)
    points = tuple((x, y) for x, y in pairs if math.isfinite(x) and math.isfinite(y))
    if not points:
        return Chart(title, (), (0, 1), (0, 1), empty="no face of known age")
    most = max(max(x, y) for x, y in points)
    ends = (0.0, max(10.0, math.ceil(most / 10) * 10.0))
    low = min(0.0, *(y for _, y in points))
    return Chart(
        title,
        (Series(role, points, joined=False),),
        along=ends,
        up=(low, ends[1]),
        guide=((0.0, 0.0), (ends[1], ends[1])),
    )


def thinned(points: Sequence[Point], along: Point, up: Point, size: tuple[int, int]) -> list[Point]:
    """One point for each dot of a chart of `size` columns and rows, in the order they came."""
    across, down = size[0] * DOTS_ACROSS, size[1] * DOTS_DOWN
    width, height = along[1] - along[0] or 1.0, up[1] - up[0] or 1.0
    kept: dict[tuple[int, int], Point] = {}
    for x, y in points:
        kept.setdefault(
            (int((x - along[0]) / width * across), int((y - up[0]) / height * down)), (x, y)
        )
    return list(kept.values())


def by_age(
    groups: Sequence[Sequence[Mapping[str, Any]]], figure: str, title: str, scale: float = 1.0
) -> Chart:
    """A figure of each age band, with its interval; `groups` are those of the summary of each
    evaluation, times `scale`. Bands that only some of them have keep their place; groups without
    this figure, ranges among exact ages say, have none."""
    names = _bands([one for some in groups for one in some if figure in one["figures"]])
    places = {name: place for place, name in enumerate(names)}
    series = []
    for number, some in enumerate(groups):
        points, bars = [], []
        for one in some:
            found = one["figures"].get(figure) if one["kind"] == "age" else None
            if not found or found["value"] is None:
                continue
            # Beside each other, so that one interval does not hide the other.
            x = places[_band(one)] + 0.12 * (number - (len(groups) - 1) / 2)
            points.append((x, found["value"] * scale))
            if found["low"] is not None and found["high"] is not None:
                bars.append((x, found["low"] * scale, found["high"] * scale))
        if points:
            series.append(Series(str(number), tuple(points), bars=tuple(bars)))
    if not series:
        return Chart(title, (), (0, 1), (0, 1), empty="no such figure by age in this data set")
    heights = [y for one in series for _, y in one.points]
    heights += [end for one in series for _, *ends in one.bars for end in ends]
    low = min(0.0, *heights)
    pad = 0.05 * (max(heights) - low or 1.0)
    up = (low - pad if low < 0 else 0.0, max(heights) + pad)
    return Chart(
        title,
        tuple(series),
        along=(-0.5, len(names) - 0.5),
        up=up,
        ticks=tuple((float(place), band_text(name)) for name, place in places.items()),
        guide=((-0.5, 0.0), (len(names) - 0.5, 0.0)) if low < 0 else None,
    )


def _bands(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the age groups, youngest first."""
    names = {_band(one) for one in groups if one["kind"] == "age"}
    return sorted(names, key=lambda name: (_first_number(name), name))


def _band(group: Mapping[str, Any]) -> str:
    """Its years: of one figure all groups are ranges, or none is."""
    return str(group["name"]).removesuffix(RANGE)


def _first_number(name: str) -> float:
    digits = name.partition("–")[0].strip()
    try:
        return float(digits)
    except ValueError:
        return math.inf


def reliability(bins: Sequence[Sequence[Bin]], title: str) -> Chart:
    """How often the gender said is right by how sure the model was, in percent; one evaluation a
    sequence of bins."""
    series = []
    for number, some in enumerate(bins):
        filled = [one for one in some if one.faces]
        if filled:
            points = tuple((100 * one.said, 100 * one.came) for one in filled)
            bars = tuple((100 * b.said, 100 * b.came_low, 100 * b.came_high) for b in filled)
            series.append(Series(str(number), points, bars=bars))
    empty = "" if series else "no face of known gender"
    lowest = min((low for one in series for _, low, _ in one.bars), default=50.0)
    return Chart(
        title,
        tuple(series),
        along=(50.0, 100.0),
        up=(min(50.0, math.floor(lowest / 10) * 10.0), 100.0),
        guide=((50.0, 50.0), (100.0, 100.0)),
        empty=empty,
    )
