"""How far models are off at each age: figures by age band, the models side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from trainer.evaluation.figures import Group
from trainer.evaluation.kinds import KINDS, RANGE, Figure
from trainer.evaluation.report.sheet import FAINT, MARKERS, Axes, Sheet, ends_of
from trainer.export.chart import GRID, INK
from trainer.export.model_card import FEW
from trainer.export.overlay import STYLES

_WIDTH, _PANEL, _LINE = 800, 300, 20
_WORDS = {
    "age_bias": "mean error, years: above 0 too old",
    "age_mae": "mean absolute error, years",
    "group_accuracy": "share in the right age group",
    "one_off_accuracy": "share at most one group off",
}

Groups = Sequence[Group]  # of one model, by age


def shown_figures(groups: Groups) -> tuple[str, ...]:
    """Which figures there are to draw: two of exact ages and up to two of ranges, first what more
    faces have; none without ages."""
    pairs = (("age_bias", "age_mae"), ("group_accuracy", "one_off_accuracy"))
    exact, ranged = (sum(one.faces for one in groups if pair[0] in one.figures) for pair in pairs)
    ordered = pairs if exact > ranged else pairs[::-1]
    return tuple(
        name for pair in ordered for name in pair if any(_has(group, name) for group in groups)
    )


def _has(group: Group, name: str) -> bool:
    return name in group.figures and group.figures[name].defined


def draw_by_age(models: Sequence[tuple[str, Groups]], figures: Sequence[str], title: str) -> bytes:
    """A PNG of 1600 pixels across, a panel below another for each of `figures`.

    `models` are up to six, each with its name and groups. Lines through the points are 95 %
    intervals; a hollow point is of fewer than 30 faces.
    """
    head = 44 + _LINE * len(models)
    sheet = Sheet(_WIDTH, head + _PANEL * len(figures) + 14)
    sheet.fitted((70, 12), title, 16)
    for number, (name, _) in enumerate(models):
        colour, dashes = STYLES[number]
        y = 44 + _LINE * number + 6
        sheet.line([(70, y), (104, y)], colour, 2, dashes)
        sheet.marker((87, y), MARKERS[number], colour)
        sheet.fitted((112, y), name, 13, "lm")
    for place, figure in enumerate(figures):
        top = head + 24 + _PANEL * place
        having = [
            (name, [group for group in groups if figure in group.figures])
            for name, groups in models
        ]
        _draw_panel(sheet, top, having, figure)
    return sheet.png()


def _draw_panel(
    sheet: Sheet,
    top: float,
    models: Sequence[tuple[str, Groups]],
    figure: str,
) -> None:
    """Each model comes with its groups that have the figure: ranges and exact ages share none."""
    bands: dict[str, int] = {}
    for group in (group for _, groups in models for group in groups):
        bands[_band(group)] = max(group.faces, bands.get(_band(group), 0))
    names = sorted(bands, key=_first_year)
    percent = KINDS[figure].unit == "%"
    ends = (0.0, 1.0)
    if not percent:
        numbers = [one for _, groups in models for group in groups for one in group.figures[figure]]
        ends = ends_of(numbers, at_zero=True)
    axes = Axes(70, top, _WIDTH - 20, top + _PANEL - 72, (0.0, float(max(len(names), 1))), ends)
    axes.draw_levels(sheet, _WORDS[figure], percent=percent)
    if ends[0] < 0 < ends[1]:
        sheet.line([axes.at(0, 0), axes.at(len(names), 0)], INK, 1, (6, 4))
    for place, name in enumerate(names):
        x, y = axes.at(place + 0.5, ends[0])
        sheet.text((x, y + 7), name, anchor="mt")
        sheet.text((x, y + 23), f"{bands[name]:,}", 11, FAINT, "mt")
        if place:
            edge = axes.at(place, 0)[0]
            sheet.line([(edge, axes.bottom - 4), (edge, axes.bottom)], GRID)
    sheet.text((axes.left - 8, axes.bottom + 23), "faces", 11, FAINT, "rt")
    axes.draw_edges(sheet)
    axes.name_places(sheet, "true age, years", below=40)
    step = min(0.16, 0.7 / max(len(models), 1))
    for number, (_, groups) in enumerate(models):
        shift = 0.5 + step * (number - (len(models) - 1) / 2)
        places = {name: place + shift for place, name in enumerate(names)}
        _draw_model(sheet, axes, number, groups, figure, places)


def _draw_model(
    sheet: Sheet,
    axes: Axes,
    number: int,
    groups: Groups,
    figure: str,
    places: Mapping[str, float],
) -> None:
    colour, dashes = STYLES[number]
    known: list[tuple[float, int, Figure]] = [
        (places[_band(group)], group.faces, group.figures[figure])
        for group in sorted(groups, key=lambda one: places[_band(one)])
        if group.figures[figure].defined
    ]
    sheet.line([axes.at(x, value.value) for x, _, value in known], colour, 1, dashes)
    for x, _, value in known:
        if math.isfinite(value.low) and math.isfinite(value.high):
            sheet.line([axes.at(x, value.low), axes.at(x, value.high)], colour, 2)
    for x, faces, value in known:
        at = axes.at(x, value.value)
        sheet.marker(at, MARKERS[number], colour, hollow=faces < FEW)


def _band(group: Group) -> str:
    """Its years: of one figure all groups are ranges, or none is."""
    return group.name.removesuffix(RANGE)


def _first_year(name: str) -> tuple[float, str]:
    digits = "".join(c if c.isdigit() else " " for c in name).split()
    return (float(digits[0]) if digits else math.inf, name)
