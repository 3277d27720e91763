"""What the charts draw of the epochs."""

from __future__ import annotations

import itertools
import math

import pytest

from agegender_tui.horizontal import moved, time_window, window, zoomed
from agegender_tui.readout import epoch_there, readout
from agegender_tui.series import METRICS, Look, axis_values, plot, segments, smooth, thin
from agegender_tui.ticks import log_ticks, tick_texts, ticks, time_ticks
from trainer.runs.course import Course, best_epoch
from trainer.runs.events import EpochEvent

GENDER_LOSS, ACCURACY, _, MAE = METRICS


def epoch(number: int, value: float, *, best: bool = False, train: float = 1.0) -> EpochEvent:
    names = ("loss", "age_loss", "age_mae", "gender_loss", "gender_accuracy")
    return EpochEvent(
        epoch=number,
        epochs=100,
        train=dict.fromkeys(names, train),
        validation=dict.fromkeys(names, value),
        learning_rate=1e-3,
        seconds=1.0,
        images_per_second=1.0,
        best=best,
    )


def course(*epochs: EpochEvent, preparation: float = 0.0) -> Course:
    """A course whose epochs take a second each."""
    seconds = tuple(preparation + n for n in range(1, len(epochs) + 1))
    return Course(epochs, seconds, preparation)


def test_smoothing_keeps_the_first_value_and_a_constant() -> None:
    assert smooth([4.0, 0.0], 0.9)[0] == pytest.approx(4.0)
    assert smooth([3.0] * 5, 0.6) == pytest.approx([3.0] * 5)


def test_smoothing_is_the_bias_corrected_average() -> None:
    assert smooth([1.0, 3.0], 0.5)[1] == pytest.approx((0.25 * 1 + 0.5 * 3) / 0.75)


def test_smoothing_leaves_gaps_out_of_the_average() -> None:
    smoothed = smooth([2.0, math.nan, math.inf, 2.0], 0.9)
    assert math.isnan(smoothed[1]) and math.isnan(smoothed[2])
    assert smoothed[3] == pytest.approx(2.0)


def test_a_log_axis_has_gaps_for_zero_negative_and_infinite_values() -> None:
    values = axis_values([100.0, 0.0, -1.0, math.inf, math.nan], log=True)
    assert values[0] == pytest.approx(2.0)
    assert all(math.isnan(value) for value in values[1:])


def test_segments_are_cut_at_gaps() -> None:
    assert segments([1, 2, 3, 4], [5.0, math.nan, 6.0, 7.0]) == [
        ((1,), (5.0,)),
        ((3, 4), (6.0, 7.0)),
    ]


def test_thinning_keeps_ends_and_extremes() -> None:
    ys = [math.sin(i) for i in range(1000)]
    ys[500], ys[733] = 50.0, -50.0
    xs, kept = thin(range(1000), ys, 80)
    assert len(kept) <= 84
    assert (xs[0], xs[-1]) == (0, 999)
    assert 50.0 in kept and -50.0 in kept
    assert list(xs) == sorted(xs)


def test_few_points_are_not_thinned() -> None:
    assert thin([1, 2, 3], [1.0, 2.0, 3.0], 10) == ((1, 2, 3), (1.0, 2.0, 3.0))


def test_window_stays_within_the_run_and_follows_the_cursor() -> None:
    assert window(100, 20, 50) == (40, 59)
    assert window(100, 20, 1) == (1, 20)
    assert window(100, 20, 100) == (81, 100)
    assert window(0, None, None) == (1, 1)


def test_zoom_halves_doubles_and_returns_to_all() -> None:
    assert zoomed(100, None, 1, 4) == 50
    assert zoomed(100, 50, -1, 4) is None
    assert zoomed(100, 4, 1, 4) == 4
    assert zoomed(100, 25, -1, 4) == 50
    assert zoomed(100, 25, 0, 4) is None
    assert zoomed(3, None, 1, 4) is None


def test_best_epoch_is_the_last_one_marked() -> None:
    found = best_epoch([epoch(1, 3, best=True), epoch(2, 2, best=True), epoch(3, 4)])
    assert found and found.epoch == 2
    assert best_epoch([epoch(1, 3)]) is None


def test_ticks_are_round_and_within() -> None:
    assert ticks(0.21, 0.69, 5) == [0.3, 0.4, 0.5, 0.6]
    assert ticks(1, 3, 9, whole=True) == [1.0, 2.0, 3.0]
    assert all(5 <= tick <= 6 for tick in ticks(5.0, 6.0, 4))
    assert tick_texts([0.0, 1.0], log=True) == ["1", "10"]
    assert tick_texts([0.25, 0.5], log=False) == ["0.25", "0.50"]


def test_one_run_shows_training_and_validation_in_screen_units() -> None:
    drawn = plot({"a": course(epoch(1, 0.5), epoch(2, 0.75, best=True))}, ACCURACY, Look(), 40)
    assert [line.role for line in drawn.lines] == ["training", "validation"]
    assert drawn.lines[1].ys == (50.0, 75.0)
    assert [(mark.place, mark.text) for mark in drawn.best] == [(2, "75.0 %")]


def test_several_runs_show_validation_with_the_first_in_front() -> None:
    drawn = plot({"a": course(epoch(1, 2)), "b": course(epoch(1, 3), epoch(2, 3))}, MAE, Look(), 40)
    assert [line.role for line in drawn.lines] == ["1", "0"]
    assert drawn.last == 2


def test_smoothed_lines_keep_the_raw_ones_behind() -> None:
    history = [epoch(n, n % 2) for n in range(1, 9)]
    drawn = plot({"a": course(*history)}, MAE, Look(smoothing=0.9), 40)
    assert [line.faint for line in drawn.lines] == [True, True, False, False]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("value", [52.5, 1.0, 0.0123])
def test_a_curve_that_stands_still_stays_flat_when_it_is_smoothed(value: float, log: bool) -> None:
    history = [epoch(n, value, train=value) for n in range(1, 41)]
    drawn = plot({"a": course(*history)}, MAE, Look(smoothing=0.6, log=log), 40)
    shown = [y for line in drawn.lines for y in line.ys]
    assert max(shown) - min(shown) < 1e-6 * (drawn.high - drawn.low)


def test_a_small_change_still_fills_the_chart() -> None:
    drawn = plot({"a": course(*(epoch(n, 50 + n / 1e3, train=50) for n in (1, 2)))}, MAE, Look(), 9)
    assert drawn.high - drawn.low < 0.003


@pytest.mark.parametrize("log", [False, True])
def test_nothing_undrawable_reaches_the_chart(log: bool) -> None:
    odd = [0.0, -1.0, math.nan, math.inf, -math.inf, 5.0]
    history = [epoch(n, value, train=value) for n, value in enumerate(odd, 1)]
    for metric in METRICS:
        drawn = plot({"a": course(*history)}, metric, Look(log=log), 40)
        assert all(math.isfinite(y) for line in drawn.lines for y in line.ys)
        assert math.isfinite(drawn.low) and drawn.low < drawn.high


def test_accuracy_stays_linear() -> None:
    assert not plot({"a": course(epoch(1, 0.5))}, ACCURACY, Look(log=True), 40).log
    assert plot({"a": course(epoch(1, 0.5))}, GENDER_LOSS, Look(log=True), 40).log


def test_no_epoch_yet_draws_an_empty_chart() -> None:
    drawn = plot({"a": course()}, MAE, Look(), 40)
    assert drawn.lines == () and drawn.best == () and drawn.first < drawn.last


def test_log_ticks_are_round_in_the_values() -> None:
    values = [round(10**tick, 3) for tick in log_ticks(-2, 0, 9)]
    assert values == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
    assert [round(10**tick) for tick in log_ticks(0.7, 1.15, 6)] == [6, 8, 10, 12, 14]


@pytest.mark.parametrize("most", range(2, 11))
@pytest.mark.parametrize("low", [0.0002, 0.011, 0.05, 0.1, 1.24, 3.9])
@pytest.mark.parametrize("decades", [1.0, 1.2, 1.5, 2.6, 4.0, 13.0])
def test_a_log_axis_beyond_a_decade_has_ticks_that_spread(
    low: float, decades: float, most: int
) -> None:
    start = math.log10(low)
    found = log_ticks(start, start + decades, most)
    assert 2 <= len(found) <= most
    steps = [after - before for before, after in itertools.pairwise(found)]
    assert max(steps) < 2.5 * min(steps)
    edges = (found[0] - start, start + decades - found[-1])
    assert max(edges) <= max(1.0, max(steps))


def test_a_log_axis_of_less_than_a_decade_has_more_than_one_tick() -> None:
    values = [round(10**tick, 3) for tick in log_ticks(math.log10(0.19), math.log10(0.9), 3)]
    assert values == [0.2, 0.5]


def test_readout_has_all_values_of_one_epoch_in_any_width() -> None:
    history = course(epoch(107, 0.5, train=0.25))
    wide, narrow = readout(history, 107, 120), readout(history, 107, 78)
    assert "gender accuracy 25.0→50.0 %" in wide and "age MAE 0.25→0.50 y" in wide
    assert "acc 25.0→50.0%" in narrow and "MAE 0.25→0.50" in narrow
    assert len(wide) <= 120 and len(narrow) <= 78
    assert "no values" in readout(course(), 3, 80)


def test_the_readout_by_time_keeps_the_age_mae_and_accuracy_at_80_columns() -> None:
    history = Course((epoch(112, 0.5, train=0.25),), (47_654.0,))
    assert readout(history, 47_654.0, 78, by_time=True) == (
        "at 13 h 14 min, epoch 112 loss 0.250→0.500 acc 25.0→50.0% MAE 0.25→0.50"
    )


@pytest.mark.parametrize(("width", "left"), [(50, "acc"), (30, "MAE")])
def test_a_narrow_readout_leaves_out_whole_values_but_never_the_age_mae(
    width: int, left: str
) -> None:
    told = readout(course(epoch(107, 0.5, train=0.25)), 107, width)
    assert len(told) <= width and told.endswith(" MAE 0.25→0.50")
    assert told.startswith(f"epoch 107 {left} ")


def test_by_time_a_line_begins_when_its_first_epoch_was_done() -> None:
    courses = {
        "a": course(epoch(1, 9), epoch(2, 8, best=True)),
        "b": course(epoch(1, 7, best=True), preparation=60.0),
    }
    drawn = plot(courses, MAE, Look(by_time=True), 40)
    assert {line.role: line.xs for line in drawn.lines} == {"0": (1.0, 2.0), "1": (61.0,)}
    assert (drawn.first, drawn.last) == (0.0, 61.0)
    assert [(mark.role, mark.place, mark.text) for mark in drawn.best] == [
        ("0", 2.0, "8.00 y"),
        ("1", 61.0, "7.00 y"),
    ]


def test_by_time_the_cursor_reads_the_last_epoch_done_by_then() -> None:
    courses = {"a": course(epoch(1, 9), epoch(2, 8)), "b": course(epoch(1, 7), preparation=60.0)}
    drawn = plot(courses, MAE, Look(by_time=True, cursor=30.0), 40)
    assert [(mark.role, mark.text) for mark in drawn.read] == [("0", "8.00 y")]
    assert epoch_there(courses["a"], 30.0, True) == ", epoch 2"
    assert epoch_there(courses["b"], 30.0, True) == ": no values"


def test_the_cursor_steps_over_the_epochs_of_all_runs() -> None:
    courses = [course(epoch(1, 9), epoch(2, 8)), course(epoch(1, 7), preparation=0.5)]
    steps = [moved(courses, place, 0.0, 1, True) for place in (1.0, 1.5, 2.0)]
    assert steps == [1.5, 2.0, 2.0]
    assert moved(courses, 1.5, 0.0, -1, True) == 1.0
    assert moved(courses, None, 7.0, 1, True) == 7.0


def test_a_window_of_time_stays_within_the_run() -> None:
    assert time_window(100.0, 20.0, 95.0) == (80.0, 100.0)
    assert time_window(100.0, 20.0, 3.0) == (0.0, 20.0)
    assert time_window(100.0, 200.0, None) == (0.0, 100.0)


@pytest.mark.parametrize(
    ("seconds", "texts"),
    [
        (90, ["0", "50 s"]),
        (3600, ["0", "20 min", "40 min", "60 min"]),
        (5 * 3600, ["0", "2 h", "4 h"]),
        (10 * 86400, ["0", "5 d", "10 d"]),
    ],
)
def test_ticks_of_time_are_in_a_unit_that_suits(seconds: float, texts: list[str]) -> None:
    places, found = time_ticks(0, seconds, 4)
    assert found == texts
    assert places[0] == 0 and places[-1] <= seconds
