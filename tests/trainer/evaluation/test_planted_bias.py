"""A bias planted in the labels of one group is what the report says stands out the most."""

from benchmarks.planted_bias import BAND, RACE, YEARS, made, plant_age, plant_gender, seen
from trainer.data.statistics import RACES


def said(scored, kind):
    return [(one.group.name, one.name) for one in seen(scored, kind)]


def test_ages_shifted_in_one_race_are_seen_in_its_bias():
    scored, planted = made(1000), (RACES[RACE], "age_bias")
    assert planted not in said(scored, "race")
    found = seen(plant_age(scored), "race")[0]
    assert (found.group.name, found.name) == planted
    assert found.figure.low > YEARS / 2


def test_genders_turned_over_in_one_age_band_are_seen_in_its_accuracy():
    scored, band = made(1000), f"{BAND[0]}–{BAND[1]}"
    assert (band, "gender_accuracy") not in said(scored, "age")
    turned = [one for one in seen(plant_gender(scored), "age") if one.name == "gender_accuracy"]
    assert turned[0].group.name == band
    assert turned[0].figure.high < turned[0].overall
