"""Every figure agrees with scikit-learn's, or with a few lines of plain Python."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from sklearn import metrics

from tests.trainer.evaluation.made import made
from trainer.evaluation.figures import KINDS, age_confusion, confusion, figures, grouped
from trainer.evaluation.measuring import ECE_BINS
from trainer.evaluation.verdicts import signed


def values(scored, rows=None):
    return {name: one.value for name, one in figures(scored, rows).items()}


def expected_calibration_error(truth, chance):
    """Guo et al. 2017, equation 5, face by face."""
    bins = [[] for _ in range(ECE_BINS)]
    for true, female in zip(truth, chance, strict=True):
        confidence = max(female, 1 - female)
        place = next(m for m in range(ECE_BINS) if confidence <= (m + 1) / ECE_BINS)
        bins[place].append((confidence, (female > 0.5) == (true == 1)))
    total = 0.0
    for members in bins:
        if members:
            accuracy = sum(right for _, right in members) / len(members)
            confidence = sum(sure for sure, _ in members) / len(members)
            total += len(members) / len(truth) * abs(accuracy - confidence)
    return total


def coarse(scored):
    """Predictions on a coarse grid, so that many faces tie."""
    return dataclasses.replace(
        scored, ages=np.round(scored.ages / 5) * 5, female=np.round(scored.female * 8) / 8
    )


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("count", [11, 200, 999])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_agree_with_scikit_learn(count, seed, ties):
    scored = coarse(made(count, seed)) if ties else made(count, seed)
    truth, said, true, chance = scored.age_low, scored.ages, scored.genders, scored.female
    told = (chance > 0.5).astype(int)
    errors = np.abs(said - truth)
    wanted = {
        "age_mae": metrics.mean_absolute_error(truth, said),
        "age_rmse": metrics.root_mean_squared_error(truth, said),
        "age_median_error": metrics.median_absolute_error(truth, said),
        "age_bias": float(np.mean(said - truth)),
        "age_r2": metrics.r2_score(truth, said),
        "age_cs3": np.count_nonzero(errors <= 3) / count,
        "age_cs5": np.count_nonzero(errors <= 5) / count,
        "age_cs10": np.count_nonzero(errors <= 10) / count,
        "gender_accuracy": metrics.accuracy_score(true, told),
        "gender_balanced_accuracy": metrics.balanced_accuracy_score(true, told),
        "gender_f1": metrics.f1_score(true, told),
        "gender_auc": metrics.roc_auc_score(true, chance),
        "gender_log_loss": metrics.log_loss(true, np.clip(chance, 1e-7, 1 - 1e-7)),
        "gender_ece": expected_calibration_error(true, chance),
        "gender_brier": metrics.brier_score_loss(true, chance),
    }
    assert values(scored) == pytest.approx(wanted, abs=1e-9)
    assert tuple(confusion(scored)) == tuple(metrics.confusion_matrix(true, told).ravel())


def test_a_sure_and_wrong_model_has_a_finite_log_loss():
    scored = made(20, female=np.tile([0.0, 1.0], 10), genders=np.tile([1, 0], 10))
    assert values(scored)["gender_log_loss"] == pytest.approx(-math.log(1e-7))


def test_one_gender_only_leaves_undefined_what_needs_both():
    found = values(made(50, genders=np.ones(50, int)))
    assert math.isnan(found["gender_auc"]) and math.isnan(found["gender_balanced_accuracy"])
    assert 0 < found["gender_accuracy"] < 1 and 0 < found["gender_f1"] < 1
    assert KINDS["gender_auc"].text(found["gender_auc"]) == "–"


def test_f1_is_undefined_without_a_face_of_label_1():
    found = figures(made(50, genders=np.zeros(50, int)))["gender_f1"]
    assert math.isnan(found.value) and math.isnan(found.low)


def test_what_rounds_to_0_has_no_sign():
    bias = KINDS["age_bias"]
    assert (bias.text(-0.004), bias.text(0.004), bias.text(-0.005001)) == ("0.00", "0.00", "-0.01")
    assert [signed(bias, one) for one in (-0.004, 0.0, 0.3, -0.3)] == [
        "0.00", "0.00", "+0.30", "-0.30",
    ]  # fmt: skip


def test_one_age_only_leaves_the_explained_variance_undefined():
    same = np.full(50, 30.0)
    found = figures(made(50, age_low=same, age_high=same))
    assert math.isnan(found["age_r2"].value) and math.isnan(found["age_r2"].low)
    assert found["age_mae"].value > 0


def test_faces_are_scored_for_the_labels_they_have():
    scored = made(200)
    unknown = np.arange(200) < 80
    scored.age_low[unknown] = scored.age_high[unknown] = np.nan
    scored.genders[np.arange(200) >= 150] = -1
    found = values(scored)
    assert found["age_mae"] == pytest.approx(np.abs(scored.ages - scored.age_low)[80:].mean())
    told = scored.female[:150] > 0.5
    assert found["gender_accuracy"] == pytest.approx(np.mean(told == scored.genders[:150]))
    assert sum(confusion(scored)) == 150


def test_figures_without_any_label_are_left_out():
    nothing = np.full(30, np.nan)
    assert not any(
        name.startswith("age") for name in figures(made(30, age_low=nothing, age_high=nothing))
    )
    assert set(figures(made(30, genders=np.full(30, -1)))) == {
        name for name in KINDS if name.startswith("age_")
    }


def binned(ranges, said, **replaced):
    low, high = np.array(ranges, "float64").T
    return made(len(ranges), age_low=low, age_high=high, ages=np.array(said, "float64"), **replaced)


def test_binned_ages_are_scored_by_group_and_next_group():
    ranges = [(0, 2)] * 4 + [(3, 9)] * 4 + [(10, 19)] * 4 + [(20, 116)] * 4
    said = [1, 2.4, 2.5, 9.5, 2.4, 3, 9.4, 30, 9.4, 10, 19.4, 19.5, 19.4, 19.5, 90, 200]
    right = [1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1]
    near = [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    found = values(binned(ranges, said))
    assert found["group_accuracy"] == pytest.approx(np.mean(right))
    assert found["one_off_accuracy"] == pytest.approx(np.mean(near))
    assert "age_mae" not in found


def test_an_age_in_the_gap_between_two_groups_falls_in_the_nearer():
    ranges = [(4, 6)] * 6 + [(8, 12), (15, 20), (25, 32)] * 2
    found = values(binned(ranges, [6.9, 7.0, 5, 5, 5, 5] + [7.0, 15, 22.5] * 2))
    assert found["group_accuracy"] == pytest.approx(11 / 12)


def test_a_stray_range_that_shares_years_with_a_frequent_one_is_no_group():
    ranges = [(25, 32)] * 8 + [(38, 43)] * 8 + [(27, 32)] * 2
    found = values(binned(ranges, [28] * 8 + [40] * 8 + [60] * 2))
    assert found["group_accuracy"] == 1.0


def test_shares_that_any_age_would_reach_are_undefined():
    one = binned([(20, 29)] * 20, [3.0, 90.0] * 10)
    found = figures(one)
    assert not found["group_accuracy"].defined and not found["one_off_accuracy"].defined
    assert age_confusion(one) is None
    two = binned([(0, 9), (60, 69)] * 10, [70.0, 65.0] * 10)
    found = figures(two)
    assert found["group_accuracy"].value == 0.5 and not found["one_off_accuracy"].defined
    assert [group.figures["group_accuracy"].value for group in grouped(two)[:2]] == [0.0, 1.0]


def test_a_part_of_a_set_is_scored_by_the_groups_of_the_whole():
    scored = binned([(0, 2), (3, 9), (10, 19)] * 10, [1.0, 1.0, 1.0] * 10)
    oldest = scored.age_low == 10
    assert values(scored, oldest)["one_off_accuracy"] == 0.0
    by_name = {group.name: group.figures for group in grouped(scored)}
    assert by_name["10–19"]["one_off_accuracy"].value == 0.0
    assert by_name["3–9"]["one_off_accuracy"].value == 1.0


def test_a_range_and_the_band_of_exact_ages_with_its_years_are_two_groups():
    scored = made(90, age_low=np.full(90, 25.0), age_high=np.full(90, 25.0))
    scored.age_low[:40], scored.age_high[:40] = 20.0, 29.0
    scored.age_low[40:60], scored.age_high[40:60] = 30.0, 39.0
    ages = {group.name: group for group in grouped(scored) if group.kind == "age"}
    assert {name: group.faces for name, group in ages.items()} == {
        "20–29": 30, "20–29 (range)": 40, "30–39 (range)": 20,
    }  # fmt: skip
    assert "age_mae" in ages["20–29"].figures
    assert "group_accuracy" in ages["20–29 (range)"].figures


def test_groups_are_age_bands_genders_and_races_with_their_own_figures():
    scored = made(600)
    found = grouped(scored)
    assert {group.kind for group in found} == {"age", "gender", "race"}
    assert sum(group.faces for group in found) == 3 * 600
    teens = next(group for group in found if group.name == "10–19")
    mask = (scored.age_low >= 10) & (scored.age_low <= 19)
    assert teens.faces == mask.sum()
    assert teens.figures == figures(scored, mask)
    female = next(group for group in found if group.name == "female")
    assert female.figures["gender_accuracy"].value == pytest.approx(
        np.mean(scored.female[scored.genders == 1] > 0.5)
    )


def test_a_planted_bias_shows_in_its_group_alone():
    scored = made(2000)
    scored.ages[scored.races == 2] += 8.0
    biases = {g.name: g.figures["age_bias"] for g in grouped(scored) if g.kind == "race"}
    planted = biases.pop("Asian")
    assert planted.low > 6 and planted.high < 11
    assert all(one.high < 3 for one in biases.values())


def test_age_groups_are_counted_as_labelled_and_as_said():
    bounds = {(0, 2): 5, (4, 6): 3, (8, 12): 2}
    low = np.repeat([float(low) for low, _ in bounds], list(bounds.values()))
    high = np.repeat([float(high) for _, high in bounds], list(bounds.values()))
    said = np.array([0.4, 2.9, 3.1, 30.0, 1.0, 5.0, 6.9, 7.1, 9.0, 2.0])
    found = age_confusion(made(10, age_low=low, age_high=high, ages=said))
    assert found.groups == list(bounds)
    assert found.counts.tolist() == [[3, 1, 1], [0, 2, 1], [1, 0, 1]]
    measured = figures(made(10, age_low=low, age_high=high, ages=said))
    assert measured["group_accuracy"].value == pytest.approx(np.trace(found.counts) / 10)


def test_exact_ages_are_counted_in_their_bands_and_unknown_ones_nowhere():
    ages = np.array([9.0, 10.0, np.nan])
    found = age_confusion(made(3, age_low=ages, age_high=ages, ages=np.array([9.4, 75.0, 5.0])))
    assert found.counts.sum() == 2
    assert found.counts[0, 0] == found.counts[1, -1] == 1
    assert age_confusion(made(1, age_low=ages[2:], age_high=ages[2:])) is None
