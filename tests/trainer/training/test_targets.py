import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.training.targets import SMOOTHING, Targets, bells, rarity

AGES = np.array([0, 9, 10, 33, 69, 116], "float32")
GENDERS = np.array([0, 1, 0, 1, 1, 0], "float32")
EVERYTHING = RunConfig(age_head="distribution", age_group_weight=1, reweight=0.5)


def test_a_plain_recipe_wants_age_and_gender_and_counts_all_faces_the_same():
    targets = Targets(RunConfig(), AGES)
    labels = targets.labels(AGES, GENDERS)
    assert set(labels) == {"age", "gender"}
    np.testing.assert_array_equal(labels["age"][:, 0], AGES)
    assert labels["gender"].shape == (6, 1)
    assert targets.weights(AGES) is None
    assert len(targets.batch(np.zeros((6, 2, 2, 3)), AGES, GENDERS, 1, 1, 0)) == 2


def test_the_label_of_a_distribution_is_a_bell_around_the_age():
    said = Targets(EVERYTHING.replace(age_sigma=3), AGES).labels(AGES, GENDERS)["age_distribution"]
    assert (said.shape, said.dtype) == ((6, 117), "float32")
    np.testing.assert_allclose(said.sum(1), 1, rtol=1e-5)
    years = np.arange(117)
    assert said[3] @ years == pytest.approx(33, abs=1e-3)
    assert np.sqrt(said[3] @ (years - 33) ** 2) == pytest.approx(3, abs=1e-2)


@pytest.mark.parametrize("sigma", [0.5, 2.0, 20.0])
def test_the_mean_of_each_bell_is_the_age_at_both_ends_too(sigma):
    ages = np.arange(117, dtype="float32")
    said = bells(ages, sigma)
    np.testing.assert_allclose(said @ np.arange(117), ages, atol=2e-3)


def test_age_groups_are_decades_up_to_the_oldest():
    groups = Targets(EVERYTHING, AGES).labels(AGES, GENDERS)["age_group"]
    np.testing.assert_array_equal(groups.argmax(1), [0, 0, 1, 3, 6, 7])
    np.testing.assert_array_equal(groups.sum(1), 1)


def many(counts):
    return np.repeat(list(counts), list(counts.values())).astype("float32")


def test_faces_of_rare_ages_weigh_more_by_the_power_asked_for_and_1_on_average():
    ages = many({25: 400, 80: 100})
    for power in (0.5, 1.0):
        weights = rarity(ages, power)
        assert weights[80] / weights[25] == pytest.approx(4**power, rel=1e-3)
        assert weights[ages.astype(int)].mean() == pytest.approx(1, rel=1e-5)


def test_the_number_of_faces_is_smoothed_over_neighbouring_years():
    weights = rarity(many({30: 100, 31: 1, 60: 1}), 1.0)
    assert weights[31] < weights[60] / 50  # its neighbours are many
    assert np.isfinite(weights).all()
    assert SMOOTHING == 2.0


def test_weights_are_of_what_tells_the_age_and_the_gender_counts_the_same():
    targets = Targets(EVERYTHING, many({25: 400, 80: 100}))
    weights = targets.weights(np.array([25, 80], "float32"))
    assert set(weights) == {"age", "gender", "age_distribution", "age_group"}
    np.testing.assert_array_equal(weights["gender"], 1)
    assert weights["age"][1] == pytest.approx(2 * weights["age"][0], rel=1e-3)
    np.testing.assert_array_equal(weights["age"], weights["age_distribution"])


def test_a_mixed_batch_is_mixed_in_the_same_parts_in_everything_and_again_the_same():
    config = EVERYTHING.replace(mixup=0.4)
    targets, plain = Targets(config, AGES), Targets(config.replace(mixup=0), AGES)
    inputs = np.random.default_rng(1).random((6, 4, 4, 3), "float32")
    images, labels, weights = targets.batch(inputs, AGES, GENDERS, 1, 2, 3)
    again = targets.batch(inputs, AGES, GENDERS, 1, 2, 3)
    np.testing.assert_array_equal(images, again[0])
    other = targets.batch(inputs, AGES, GENDERS, 1, 2, 4)
    assert not np.array_equal(images, other[0])
    years = np.arange(117)
    bell = bells(AGES, 2.0) @ years
    assert (images.dtype, labels["age"].dtype) == ("float32", "float32")
    assert set(weights) == set(plain.batch(inputs, AGES, GENDERS, 1, 2, 3)[2])
    for row in range(6):
        # The partner and the share that explain the image explain the labels too.
        found = [
            (partner, share)
            for partner in range(6)
            for share in [share_of(images[row], inputs[row], inputs[partner])]
            if share is not None
        ]
        partner, share = found[0]
        assert 0.5 <= share <= 1
        mixed = share * AGES[row] + (1 - share) * AGES[partner]
        assert labels["age"][row, 0] == pytest.approx(mixed, abs=1e-3)
        told = labels["age_distribution"][row] @ years
        assert told == pytest.approx(share * bell[row] + (1 - share) * bell[partner], abs=1e-2)


def share_of(mixed, own, other):
    """The share of `own` in `mixed`, if `other` is the rest of it."""
    away = (own - other).ravel()
    if not away.any():
        return 1.0 if np.allclose(mixed, own, atol=1e-5) else None
    share = float((mixed - other).ravel() @ away / (away @ away))
    return share if np.allclose(mixed, share * own + (1 - share) * other, atol=1e-5) else None
