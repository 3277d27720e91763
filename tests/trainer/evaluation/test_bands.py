"""What is said of the faces of each age band."""

import numpy as np

from trainer.evaluation.bands import spreads


def arrays(*columns):
    return [np.array(column, "float64") for column in columns]


def test_an_exact_age_counts_in_the_band_it_lies_in_at_both_ends():
    ages, said = arrays([0, 9, 10, 19, 70, 116], [1, 3, 10, 20, 60, 100])
    found = spreads(ages, ages, said)
    assert [(one.name, one.faces, one.mean) for one in found] == [
        ("0–9", 2, 2.0),
        ("10–19", 2, 15.0),
        ("70–116", 2, 80.0),
    ]


def test_four_of_five_predictions_lie_between_the_percentiles():
    said = np.arange(101.0)
    (one,) = spreads(np.full(101, 35.0), np.full(101, 35.0), said)
    assert (one.tenth, one.median, one.ninetieth) == (10.0, 50.0, 90.0)


def test_a_range_of_ages_is_a_band_of_its_own():
    lows, highs, said = arrays([3, 3, 20], [9, 9, 29], [4, 8, 31])
    found = spreads(lows, highs, said)
    assert [(one.name, one.faces, one.mean) for one in found] == [("3–9", 2, 6.0), ("20–29", 1, 31)]


def test_unknown_ages_and_predictions_that_are_no_number_are_left_out():
    ages, said = arrays([np.nan, 30, 31], [30, np.nan, 33])
    (one,) = spreads(ages, ages, said)
    assert (one.faces, one.mean) == (1, 33.0)
    assert spreads(*arrays([np.nan], [np.nan], [1.0])) == []


def test_a_band_stands_at_the_mean_of_its_true_ages_and_a_range_at_its_middle():
    lows, highs, said = arrays([70, 74, 20], [70, 74, 29], [80, 80, 25])
    assert [one.true for one in spreads(lows, highs, said)] == [25.0, 72.0]


def test_a_range_without_an_end_stands_at_its_first_year():
    (one,) = spreads(*arrays([70, 70], [116, 116], [74, 78]))
    assert (one.true, one.mean, one.name) == (70.0, 76.0, "70–116")
