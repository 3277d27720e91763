"""Bins of what was said and what came."""

import math

import numpy as np
import pytest

from trainer.evaluation.reliability import calibration_error, reliability, wilson


def test_each_bin_tells_what_was_said_and_what_came():
    bins = reliability(np.array([1, 0, 1, 1]), np.array([0.71, 0.79, 0.75, 0.05]))
    seventh = bins[7]
    assert (seventh.faces, seventh.said, seventh.came) == (3, 0.75, pytest.approx(2 / 3))
    assert [one.faces for one in bins] == [1, 0, 0, 0, 0, 0, 0, 3, 0, 0]
    assert math.isnan(bins[1].said) and math.isnan(bins[1].came_low)


def test_certainty_itself_falls_into_the_last_bin_and_none_into_the_first():
    bins = reliability(np.array([1, 0]), np.array([1.0, 0.0]))
    assert (bins[0].faces, bins[-1].faces) == (1, 1)


def test_unknown_genders_and_chances_that_are_no_number_are_left_out():
    bins = reliability(np.array([-1, 1, 1]), np.array([0.5, np.nan, 0.5]))
    assert sum(one.faces for one in bins) == 1


def test_the_error_weighs_each_bin_by_its_faces():
    genders = np.array([1] * 3 + [0])
    bins = reliability(genders, np.array([0.9, 0.9, 0.9, 0.2]))
    assert calibration_error(bins) == pytest.approx(0.75 * 0.1 + 0.25 * 0.2)
    assert math.isnan(calibration_error(reliability(np.array([]), np.array([]))))


def test_a_perfect_coin_has_hardly_an_error():
    random = np.random.default_rng(3)
    chances = random.random(200_000)
    genders = (random.random(200_000) < chances).astype(int)
    assert calibration_error(reliability(genders, chances)) < 0.01


def test_the_interval_of_a_share_is_within_0_and_1_and_covers_as_often_as_it_says():
    assert 0.0 <= wilson(0, 5)[0] < 1e-12 and 1 - 1e-12 < wilson(5, 5)[1] <= 1.0
    hits = np.random.default_rng(1).binomial(50, 0.3, 4000)
    ends = [wilson(int(one), 50) for one in hits]
    assert np.mean([low <= 0.3 <= high for low, high in ends]) == pytest.approx(0.95, abs=0.015)
