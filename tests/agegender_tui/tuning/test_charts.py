"""The chart of a study and its bars: finite, and told apart without colour."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agegender_tui.themes import DARK
from agegender_tui.tuning.charts import NONE_YET, chart, importances
from agegender_tui.tuning.listing import Listed, Listing
from agegender_tui.tuning.tradeoff import tradeoff
from agegender_tui.widgets.chart import colours
from agegender_tui.widgets.evaluation_chart import draw
from tests.agegender_tui.tuning.conftest import COURSE, make_study


def listed(root: Path, **rest: Any) -> Listed:
    make_study(root, **rest)
    (one,) = Listing(root).list()
    return one


def lines(one: Listed, size: tuple[int, int] = (60, 14)) -> str:
    variables: Mapping[str, str] = {"background": "#000000", "foreground": "#ffffff"}
    return draw(chart(one), size, colours(DARK, variables)).plain


def test_finished_and_early_trials_and_the_best_so_far_have_marks_of_their_own(
    tmp_path: Path,
) -> None:
    made = chart(listed(tmp_path))
    points = {one.marker: one.points for one in made.series}
    assert points["●"] == ((1, 0.64), (2, 0.75), (3, 0.58), (6, 0.57))
    assert points["x"] == ((4, 0.74),)
    assert points["braille"] == ((1, 0.64), (2, 0.64), (3, 0.64), (3, 0.58), (6, 0.58), (6, 0.57))
    assert made.title == "error by trial: ● done x ended early ⠒⠒ best so far"
    drawn = lines(listed(tmp_path / "again"))
    assert drawn.count("●") == 4 and drawn.count("x") == 1


def test_of_both_figures_the_front_is_joined_and_marked(tmp_path: Path) -> None:
    made = tradeoff(listed(tmp_path))
    points = {one.marker: one.points for one in made.series}
    assert points["◆"] == ((11.76, 81.2), (12.50, 82.5))
    assert points["braille"] == ((11.76, 81.2), (12.50, 81.2), (12.50, 82.5))
    assert points["●"] == ((12.45, 77.5), (14.67, 73.8))
    assert points["x"] == ((14.89, 75.0),)
    assert made.title.endswith("◆ Pareto front ● done x ended early")


def test_a_wild_failure_is_at_the_edge_of_both_figures(tmp_path: Path) -> None:
    usual = tuple(("finished", 0.5, 6 + 0.1 * n, 0.9 + 0.001 * n, 5) for n in range(12))
    made = tradeoff(listed(tmp_path, course=(*usual, ("failed", 9e9, 9e9, 0.1, 1))))
    assert made.along[1] < 10 and made.up[0] > 80
    assert "(1 beyond the edge)" in made.title


def test_more_is_better_where_the_accuracy_is_looked_for(tmp_path: Path) -> None:
    course = tuple(("finished", value, 10.0, value, 5) for value in (0.7, 0.8, 0.75))
    made = chart(listed(tmp_path, objective="gender_accuracy", course=course))
    (best,) = [one for one in made.series if one.joined]
    assert best.points == ((1, 0.7), (2, 0.7), (2, 0.8), (3, 0.8))


def test_one_wild_failure_does_not_press_the_others_into_a_line(tmp_path: Path) -> None:
    usual = tuple(("finished", 0.5 + 0.01 * n, 10.0, 0.9, 5) for n in range(12))
    made = chart(listed(tmp_path, course=(*usual, ("failed", 9e9, 9e9, 0.5, 1))))
    assert made.up[1] < 1.0
    assert made.title.endswith("(1 beyond the edge)")
    heights = [y for one in made.series for _, y in one.points]
    assert all(made.up[0] <= y <= made.up[1] for y in heights)


@pytest.mark.parametrize(
    "course",
    [
        COURSE[:1],
        COURSE[3:4],
        (("finished", 0.0, 0.0, 1.0, 1),) * 2,
        (("finished", -1e300, 1.0, 1.0, 1), ("finished", 1e300, 1.0, 1.0, 1)),
    ],
    ids=["one", "none finished", "all zero", "huge"],
)
def test_odd_values_are_drawn(
    tmp_path: Path, course: tuple[tuple[str, float, float, float, int], ...]
) -> None:
    one = listed(tmp_path, course=course)
    made = chart(one)
    assert all(map(math.isfinite, (*made.along, *made.up)))
    assert made.up[0] < made.up[1] and made.along[0] < made.along[1]
    assert "nan" not in lines(one)
    both = tradeoff(one)
    assert both.up[0] < both.up[1] and both.along[0] < both.along[1]


def test_a_few_values_are_all_drawn_where_they_are(tmp_path: Path) -> None:
    values = (0.971, 0.998, 1.052)
    made = chart(listed(tmp_path, course=tuple(("finished", v, 9.0, 0.9, 5) for v in values)))
    (done,) = (one for one in made.series if one.role == "0")
    assert [y for _, y in done.points] == list(values)
    assert "beyond" not in made.title


def test_trials_that_all_came_out_alike_are_said_to(tmp_path: Path) -> None:
    alike = listed(tmp_path, course=(("finished", 0.5, 9.0, 0.9, 5),) * 20)
    assert importances(alike, 40) == ["All trials came out alike: nothing sets the best apart."]


def test_without_values_it_says_so(tmp_path: Path) -> None:
    assert chart(listed(tmp_path, course=COURSE[4:5])).empty == NONE_YET


def test_bars_tell_in_percent_what_matters_most_first(tmp_path: Path) -> None:
    shares = {"dropout": 0.27, "learning_rate": 0.62, "filters": 0.11}
    assert importances(listed(tmp_path, importances=shares), 40) == [
        "What matters, by 6 trials:",
        "learning_rate  62 % ███████████████████",
        "dropout        27 % ████████",
        "filters        11 % ███",
    ]


def test_no_share_is_told_before_there_are_trials_to_tell_by(tmp_path: Path) -> None:
    (words,) = importances(listed(tmp_path), 40)
    assert "is told by 20 trials or more" in words
    shares = {"dropout": math.nan, "learning_rate": 1.0}
    assert len(importances(listed(tmp_path / "b", importances=shares), 40)) == 2
    assert importances(listed(tmp_path / "c", importances={"dropout": 0.0}), 40)[1].endswith("▏")
