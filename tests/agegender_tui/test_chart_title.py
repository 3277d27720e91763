"""What stands above a chart, in any width."""

from __future__ import annotations

import re

import pytest
from textual.color import Color

from agegender_tui.series import METRICS, Look, Plot, plot
from agegender_tui.widgets.chart import DARK, title
from tests.agegender_tui.test_series import course, epoch

PALETTE = {role: Color.parse(colour) for role, colour in DARK.items()}
ACCURACY = METRICS[1]
AT_80 = 38  # columns of each of two charts beside one another


def overlaid(runs: int, look: Look) -> Plot:
    courses = {str(n): course(epoch(1, 0.511 + n / 10, best=True)) for n in range(runs)}
    return plot(courses, ACCURACY, look, AT_80)


def words(data: Plot, width: int) -> str:
    text = title(data, width, PALETTE)
    assert text.cell_len <= width
    return text.plain


def test_the_title_of_one_run_by_time_loses_the_place_before_the_value() -> None:
    one = course(epoch(1, 0.525, best=True), preparation=800.0)
    drawn = plot({"a": one}, ACCURACY, Look(by_time=True), AT_80)
    assert words(drawn, 60) == "Gender accuracy  best 52.5 % at 13 min 21 s"
    assert words(drawn, AT_80) == "Gender accuracy  best 52.5 %"
    assert words(drawn, 22) == "Gender accuracy  52.5"
    assert words(drawn, 18) == "Gender accuracy"


def test_three_runs_show_all_their_values_at_80_columns() -> None:
    assert words(overlaid(3, Look()), AT_80) == "Gender accuracy  ▀ 51.1 ⠒ 61.1 • 71.1"
    assert words(overlaid(3, Look(cursor=1.0)), 60) == (
        "Gender accuracy  ▀▄ 51.1 % ⠒⠒ 61.1 % • 71.1 %"
    )


@pytest.mark.parametrize("width", range(10, 90))
@pytest.mark.parametrize("look", [Look(), Look(cursor=1.0), Look(by_time=True, log=True)])
def test_no_width_cuts_within_a_number(width: int, look: Look) -> None:
    numbers = [f"{51.1 + 10 * n:.1f}" for n in range(5)]
    shown = words(overlaid(5, look), width)
    found = re.findall(r"\d+\.\d*|\d+", re.sub(r" at \S+( s)?", "", shown))
    assert found == numbers[: len(found)]
    if 0 < len(found) < 5:
        assert shown.endswith(" …")
