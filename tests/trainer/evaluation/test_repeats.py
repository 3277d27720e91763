"""Figures of repeats: against the tables, by hand, and by simulation."""

import math
import random

import pytest

from trainer.evaluation.repeats import paired, spread, t_probability, t_quantile


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(1, 12.7062), (2, 4.30265), (3, 3.18245), (4, 2.77645), (9, 2.26216), (10, 2.22814),
     (30, 2.04227), (99, 1.98422)],
)  # fmt: skip
def test_quantiles_are_those_of_the_tables(freedom, expected):
    assert t_quantile(0.975, freedom) == pytest.approx(expected, abs=5e-5)


def test_quantiles_agree_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    for freedom in range(1, 60):
        assert t_quantile(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-7)
        for value in (0.0, 0.3, 2.5, 40.0):
            assert t_probability(value, freedom) == pytest.approx(stats.t.cdf(value, freedom))


def test_mean_deviation_and_error_are_of_a_sample():
    found = spread([6.0, 6.2, 6.7])
    assert found.mean == pytest.approx(6.3)
    assert found.deviation == pytest.approx(math.sqrt((0.09 + 0.01 + 0.16) / 2))
    assert found.error == pytest.approx(found.deviation / math.sqrt(3))


def test_one_repeat_has_a_mean_and_no_deviation():
    found = spread([6.0])
    assert (found.count, found.mean) == (1, 6.0)
    assert math.isnan(found.deviation) and math.isnan(found.error)


def test_the_interval_of_a_difference_is_that_of_the_corrected_t_test():
    one, other = [6.0, 6.2, 6.7, 6.1], [6.5, 6.6, 7.3, 6.4]
    found = paired(one, other, 0.25, lower_is_better=True)
    assert found.difference == pytest.approx(-0.45)
    deviation = math.sqrt((0.05**2 + 0.05**2 + 0.15**2 + 0.15**2) / 3)
    half = 3.18245 * deviation * math.sqrt(1 / 4 + 0.25)
    assert (found.low, found.high) == pytest.approx((-0.45 - half, -0.45 + half), abs=1e-4)
    assert found.better == "one"


@pytest.mark.parametrize(
    ("one", "other", "lower_is_better", "better"),
    [
        ([1, 1.1, 1.05], [2, 2.1, 2.04], True, "one"),
        ([1, 1.1, 1.05], [2, 2.1, 2.04], False, "other"),
        ([2, 2.1, 2.04], [1, 1.1, 1.05], True, "other"),
        ([1, 2, 3], [1.5, 1.5, 3.5], True, ""),
        ([1.0], [2.0], True, ""),
    ],
)
def test_better_is_said_only_where_the_interval_excludes_0(one, other, lower_is_better, better):
    assert paired(one, other, 0.25, lower_is_better=lower_is_better).better == better


@pytest.mark.parametrize("one", [[0.91, 0.92], [0.905, 0.915, 0.9], [0.9, 0.9]])
def test_differences_that_are_all_the_same_have_no_interval(one):
    found = paired(one, [value - 0.005 for value in one], 0.25, lower_is_better=False)
    assert found.difference == pytest.approx(0.005) and found.better == ""
    assert math.isnan(found.low) and math.isnan(found.high)


def test_two_that_are_equal_are_told_apart_in_one_of_twenty_cases_at_most():
    draw = random.Random(4)
    told = 0
    for _ in range(2000):
        # Differences that share a part, as those of overlapping training sets do: correlated by
        # ratio / (1 + ratio), which is what the correction takes for granted.
        shared = draw.gauss(0, math.sqrt(0.25))
        differences = [shared + draw.gauss(0, 1) for _ in range(5)]
        told += bool(paired(differences, [0.0] * 5, 0.25, lower_is_better=True).better)
    assert told / 2000 == pytest.approx(0.05, abs=0.015)
