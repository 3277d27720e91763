"""What the chart of a study draws, and its importances as bars of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len

from agegender_tui.evaluating.charts import Chart, Point, Series
from agegender_tui.ticks import ticks
from agegender_tui.tuning.listing import Listed
from trainer.text import printable
from trainer.tuning.best import FEWEST_FOR_SHARES, best_so_far
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.trial_log import ENDED, FINISHED, PRUNED, Trial

# Told apart by their markers, which the title names, and by their colours.
DONE, EARLY, BEST = ("0", "●"), ("2", "x"), ("1", "braille")
BAR, LEAST_BAR = "█", 4
# Values farther from the best than so many times the distance of this part of them are at the edge.
FAR, USUAL = 2.0, 0.8
MANY = 10  # values, of which a few may be failures
MOST_TICKS = 12
NONE_YET = "no trial has finished yet"


def chart(one: Listed) -> Chart:
    """The value of each trial by its number: finished ones, those that were ended early or failed
    with a value, and the best so far."""
    objective = OBJECTIVES[one.config.objective] if one.config else OBJECTIVES["both"]
    valued = [trial for trial in one.trials if trial.state in ENDED and math.isfinite(trial.value)]
    if one.config is None or not valued:
        return Chart(objective.title, (), (0, 1), (0, 1), empty=NONE_YET)
    low, high = ends([trial.value for trial in valued], objective.lower_is_better)
    beyond = sum(within(trial.value, low, high) != trial.value for trial in valued)
    done = _points([trial for trial in valued if trial.state == FINISHED], low, high)
    early = _points([trial for trial in valued if trial.state != FINISHED], low, high)
    best = stairs([(x, within(y, low, high)) for x, y in best_so_far_of(one)])
    series = [
        Series(role, points, joined, marker=marker)
        for (role, marker), points, joined in (
            (BEST, best, True), (EARLY, early, False), (DONE, done, False),
        )
        if points
    ]  # fmt: skip
    last = max(1, *(trial.number for trial in one.trials))
    words = [f"{objective.title} by trial:", "● done"]
    words += ["x ended early"] * bool(early) + ["⠒⠒ best so far"]
    words += beyond_words(beyond)
    return Chart(
        " ".join(words),
        tuple(series),
        along=(0.5, last + 0.5),
        up=padded(low, high),
        ticks=tuple((place, f"{place:.0f}") for place in ticks(1, last, MOST_TICKS, whole=True)),
    )


def best_so_far_of(one: Listed) -> list[Point]:
    """The best value after each finished trial."""
    assert one.config is not None
    return [
        (float(number), value) for number, value in best_so_far(one.config.objective, one.trials)
    ]


def ends(values: Sequence[float], lower_is_better: bool) -> Point:
    """From the best value to the worst, but to no such failures among many as would press all
    others into a line."""
    best_first = sorted(values, reverse=not lower_is_better)
    first, last = best_first[0], best_first[-1]
    usual = best_first[int(USUAL * (len(best_first) - 1))]
    if len(values) >= MANY and usual != first and abs(last - first) > FAR * abs(usual - first):
        last = first + FAR * (usual - first)
    return min(first, last), max(first, last)


def padded(low: float, high: float) -> Point:
    """Ends of an axis on which no value touches the frame."""
    pad = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - pad, high + pad


def beyond_words(count: int) -> list[str]:
    """How many values are drawn at the edge, not where they are."""
    return [f"({count} beyond the edge)"] * bool(count)


def within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _points(trials: Sequence[Trial], low: float, high: float) -> tuple[Point, ...]:
    return tuple((float(one.number), within(one.value, low, high)) for one in trials)


def stairs(points: Sequence[Point]) -> tuple[Point, ...]:
    """A value stays until there is another."""
    found: list[Point] = []
    for x, y in points:
        if found and y != found[-1][1]:
            found.append((x, found[-1][1]))
        found.append((x, y))
    return tuple(found)


def importances(one: Listed, width: int) -> list[str]:
    """A line for each setting, what matters most first: its share in what sets the best apart."""
    shares = {
        printable(name): share
        for name, share in one.log.importances.items()
        if math.isfinite(share)
    }
    told_by = sum(trial.state in (FINISHED, PRUNED) for trial in one.trials)
    if not shares and told_by >= FEWEST_FOR_SHARES:
        return ["All trials came out alike: nothing sets the best apart."]
    if not shares:
        return [f"What matters is told by {FEWEST_FOR_SHARES} trials or more."]
    lines = [f"What matters, by {one.log.importances_of} trials:"]
    names = max(map(cell_len, shares))
    room = max(LEAST_BAR, width - names - 8)
    most = max(max(shares.values()), 1e-9)
    for name, share in sorted(shares.items(), key=lambda pair: -pair[1]):
        bar = BAR * max(round(room * max(share, 0.0) / most), 0) or "▏"
        pad = " " * (names - cell_len(name))
        lines.append(f"{name}{pad} {100 * share:3.0f} % {bar}")
    return lines
