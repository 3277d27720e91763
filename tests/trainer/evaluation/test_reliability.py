"""Bins of what was said and what came."""

import math

import numpy as np
import pytest

from tests.trainer.evaluation.made import made
from trainer.evaluation.figures import figures
from trainer.evaluation.reliability import calibration_error, reliability, wilson


def test_each_bin_tells_how_sure_the_model_was_and_how_often_right():
    bins = reliability(np.array([1, 0, 0, 1]), np.array([0.81, 0.86, 0.16, 0.5]))
    sure = next(one for one in bins if one.low < 0.85 <= one.high)
    assert (sure.faces, sure.said) == (3, pytest.approx((0.81 + 0.86 + 0.84) / 3))
    assert sure.came == pytest.approx(2 / 3)
    assert [one.faces for one in bins] == [1, 0, 0, 0, 0, 3, 0, 0]
    assert math.isnan(bins[1].said) and math.isnan(bins[1].came_low)


def test_certainty_of_either_gender_falls_into_the_last_bin():
    bins = reliability(np.array([1, 0]), np.array([1.0, 0.0]))
    assert (bins[-1].faces, bins[-1].came) == (2, 1.0)


def test_unknown_genders_and_chances_that_are_no_number_are_left_out():
    bins = reliability(np.array([-1, 1, 1]), np.array([0.5, np.nan, 0.5]))
    assert sum(one.faces for one in bins) == 1


def test_the_error_of_the_bins_is_the_figure_of_the_evaluation():
    scored = made(300)
    error = calibration_error(reliability(scored.genders, scored.female))
    assert error == pytest.approx(figures(scored)["gender_ece"].value, abs=1e-12)
    assert math.isnan(calibration_error(reliability(np.array([]), np.array([]))))


def test_the_interval_of_a_share_is_within_0_and_1_and_covers_as_often_as_it_says():
    assert 0.0 <= wilson(0, 5)[0] < 1e-12 and 1 - 1e-12 < wilson(5, 5)[1] <= 1.0
    hits = np.random.default_rng(1).binomial(50, 0.3, 4000)
    ends = [wilson(int(one), 50) for one in hits]
    assert np.mean([low <= 0.3 <= high for low, high in ends]) == pytest.approx(0.95, abs=0.015)
