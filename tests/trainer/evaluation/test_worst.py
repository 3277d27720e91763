"""The order of errors."""

import numpy as np

from trainer.evaluation.worst import Miss, worst_ages, worst_genders


def arrays(*columns):
    return [np.array(column, "float64") for column in columns]


def test_the_largest_error_comes_first_with_its_sign():
    ages, said = arrays([10, 50, 30], [12, 20, 30])
    assert worst_ages(ages, ages, said) == [Miss(1, -30.0), Miss(0, 2.0)]


def test_a_range_of_ages_is_missed_only_beyond_its_ends():
    lows, highs, said = arrays([20, 20, 20], [29, 29, 29], [25, 34, 11])
    assert worst_ages(lows, highs, said) == [Miss(2, -9.0), Miss(1, 5.0)]


def test_equal_errors_keep_their_order_and_no_more_than_asked_are_given():
    ages, said = arrays([10, 20, 30], [15, 15, 35])
    assert worst_ages(ages, ages, said, 2) == [Miss(0, 5.0), Miss(1, -5.0)]


def test_unknown_ages_and_predictions_that_are_no_number_are_not_among_them():
    ages, said = arrays([np.nan, 30], [40, np.nan])
    assert worst_ages(ages, ages, said) == []


def test_only_faces_taken_for_the_other_gender_are_missed_the_surest_first():
    genders = np.array([1, 0, 0, -1, 1])
    chances = np.array([0.2, 0.6, 0.4, 0.9, 0.5])
    found = worst_genders(genders, chances)
    assert found == [Miss(0, 0.8), Miss(1, 0.6), Miss(4, 0.5)]
