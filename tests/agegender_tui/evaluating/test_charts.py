"""What the charts of an evaluation draw."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import numpy as np
from textual.color import Color

from agegender_tui.evaluating import charts, confusion_words
from agegender_tui.widgets.evaluation_chart import draw
from tests.trainer.evaluation.made import made as make
from trainer.evaluation.reliability import reliability

PALETTE = {role: Color.parse("#ff8800") for role in ("0", "1", "best", "surface", "cursor")}


def group(name: str, value: float | None, kind: str = "age") -> dict[str, object]:
    figure = {"value": value, "low": value and value - 1, "high": value and value + 1}
    return {"kind": kind, "name": name, "faces": 9, "figures": {"age_mae": figure}}


def test_predicted_against_true_age_has_every_known_face_and_the_diagonal() -> None:
    scored = make(50)
    unknown = scored.age_low.copy()
    unknown[0] = math.nan
    chart = charts.scatter(dataclasses.replace(scored, age_low=unknown), "t", "0")
    assert len(chart.series[0].points) == 49
    assert chart.guide == ((0.0, 0.0), (chart.up[1], chart.up[1]))
    assert all(0 <= x <= chart.along[1] and y <= chart.up[1] for x, y in chart.series[0].points)


def test_a_range_of_ages_lies_at_its_middle() -> None:
    scored = make(3, age_low=np.array([20.0] * 3), age_high=np.array([29.0] * 3))
    assert [x for x, _ in charts.scatter(scored, "t", "0").series[0].points] == [24.5] * 3


def test_a_range_without_an_end_lies_at_its_first_year() -> None:
    scored = make(3, age_low=np.array([70.0] * 3), age_high=np.array([116.0] * 3))
    assert [x for x, _ in charts.scatter(scored, "t", "0").series[0].points] == [70.0] * 3


def test_points_are_thinned_to_the_dots_of_the_chart() -> None:
    points = [(n / 100, n / 100) for n in range(10_000)]
    kept = charts.thinned(points, (0, 100), (0, 100), (40, 20))
    assert len(kept) <= 40 * 2 + 20 * 4 + 1 and set(kept) <= set(points)


def test_age_bands_keep_their_place_where_one_evaluation_lacks_them() -> None:
    groups = [
        [group("0–9", 5.0), group("10–19", 6.0), group("female", 9.0, "gender")],
        [group("10–19", 4.0), group("70–116", None)],
    ]
    chart = charts.by_age(groups, "age_mae", "t")
    assert [word for _, word in chart.ticks] == ["0–9", "10–19", "70+"]
    assert [[round(x) for x, _ in one.points] for one in chart.series] == [[0, 1], [1]]
    assert chart.series[1].bars[0][1:] == (3.0, 5.0)
    assert chart.up[0] == 0.0 and chart.up[1] > 7.0


def test_the_last_age_band_is_named_where_not_all_fit() -> None:
    bands = ["0–9", *(f"{low}–{low + 9}" for low in range(10, 70, 10)), "70–116"]
    chart = charts.by_age([[group(name, 5.0) for name in bands]], "age_mae", "t")
    axis = draw(chart, (40, 12), PALETTE).plain.splitlines()[-1]
    assert axis.split()[-1] == "70+" and "0–9" not in axis


def test_no_figure_by_age_is_said() -> None:
    assert charts.by_age([[group("0–9", None)]], "age_mae", "t").empty


def test_reliability_is_in_percent_with_the_diagonal() -> None:
    scored = make(300)
    chart = charts.reliability([reliability(scored.genders, scored.female)], "t")
    assert all(50 <= x <= 100 and 0 <= y <= 100 for x, y in chart.series[0].points)
    assert all(low <= y <= high for (_, y), (_, low, high) in zip(
        chart.series[0].points, chart.series[0].bars, strict=True))  # fmt: skip
    assert charts.reliability([[]], "t").empty


def test_a_chart_is_drawn_to_its_size_with_words_on_its_axis() -> None:
    chart = charts.by_age([[group("0–9", 5.0), group("10–19", 6.0)]], "age_mae", "t")
    lines = draw(chart, (40, 12), PALETTE).plain.split("\n")
    assert len(lines) == 12 and max(map(len, lines)) <= 40
    assert re.search(r"0–9\s+10–19", lines[-1])


def test_confusions_count_every_face_once() -> None:
    scored = make(200)
    text = "\n".join(line.plain for line in confusion_words.genders(scored, "A", 76))
    counts = [int(n.replace(",", "")) for n in re.findall(r"(\d+)  +[\d.]+ %", text)]
    assert len(counts) == 4 and sum(counts) == 200
    ages = [line.plain for line in confusion_words.ages(scored, "A", 76)]
    faces = [int(line.split()[-1]) for line in ages if re.match(r"\d+[–+]", line)]
    assert sum(faces) == 200


def test_ranges_are_the_bands_of_a_set_that_has_ranges() -> None:
    low = np.array([0.0, 20.0, 20.0, 40.0])
    high = np.array([9.0, 29.0, 29.0, 49.0])
    scored = make(4, age_low=low, age_high=high, ages=np.array([3.0, 25.0, 44.0, 44.0]))
    text = "\n".join(line.plain for line in confusion_words.ages(scored, "A", 76))
    row = next(line for line in text.split("\n") if line.startswith("20–29"))
    assert row.split() == ["20–29", "·", "50▒", "50▒", "2"]


def test_a_set_without_labels_has_no_confusion() -> None:
    unknown = np.full(3, math.nan)
    scored = make(3, age_low=unknown, age_high=unknown, genders=np.full(3, -1), folder=Path("/x"))
    assert confusion_words.ages(scored, "A", 76) == []
    assert "No face has a known gender" in confusion_words.genders(scored, "A", 76)[0].plain
