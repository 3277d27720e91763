import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.presets import preset
from trainer.training.validation import scores


def test_scores_are_those_keras_computes_on_one_batch():
    import keras

    random = np.random.default_rng(1)
    true_ages, true_genders = random.uniform(1, 90, 50), random.integers(0, 2, 50)
    ages, genders = random.uniform(1, 90, 50), random.uniform(0, 1, 50)
    said = scores(true_ages, true_genders, ages, genders, preset("A"), penalty=0.5)
    mae = float(keras.losses.MeanAbsoluteError()(true_ages, ages))
    entropy = float(keras.losses.BinaryCrossentropy()(true_genders.astype("float32"), genders))
    assert said["age_mae"] == said["age_loss"] == pytest.approx(mae, rel=1e-5)
    assert said["gender_loss"] == pytest.approx(entropy, rel=1e-4)
    assert said["loss"] == pytest.approx(mae + 6 * entropy + 0.5, rel=1e-4)
    assert said["gender_accuracy"] == np.mean((genders > 0.5) == true_genders)


def test_certain_and_wrong_is_a_large_loss_not_an_infinite_one():
    said = scores(np.ones(1), np.ones(1), np.ones(1), np.zeros(1), preset("A"), penalty=0)
    assert said["gender_loss"] == pytest.approx(-np.log(1e-7))


def test_what_only_training_says_is_part_of_the_loss_and_told_by_its_name():
    random = np.random.default_rng(2)
    ages, genders = random.uniform(1, 90, 20), random.integers(0, 2, 20)
    config = RunConfig(age_head="distribution", distribution_weight=2, age_loss="huber")
    logits = random.normal(0, 1, (20, 117))
    arguments = (ages, genders, ages + 30, np.full(20, 0.5), config, 0.5)
    without, said = scores(*arguments), scores(*arguments, {"age_distribution": logits})
    assert said["age_mae"] == pytest.approx(30)
    assert said["age_loss"] == pytest.approx(30 - config.huber_delta / 2)
    assert 1 < said["age_distribution_loss"] < 10
    assert said["loss"] - without["loss"] == pytest.approx(2 * said["age_distribution_loss"])
