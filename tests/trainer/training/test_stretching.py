from types import SimpleNamespace

import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.errors import ConfigError
from trainer.training.replicas import Replicas
from trainer.training.stretching import stretch, stretched_years

YEARS = np.arange(117.0)


def bells(middles, spread=6.0):
    """Distributions over the years around `middles`, (n, 117)."""
    chances = np.exp(-((YEARS - np.asarray(middles)[:, None]) ** 2) / (2 * spread**2))
    return chances / chances.sum(1, keepdims=True)


@pytest.fixture
def drawn_in():
    """(chances, ages): the expected age lies nearer to 30 than the true one."""
    random = np.random.default_rng(6)
    ages = random.uniform(10, 90, 500)
    return bells(30 + 0.7 * (ages - 30) + random.normal(0, 2, 500)), ages


def error(chances, years, ages):
    return np.abs(chances @ years - ages).mean()


def test_ages_that_were_drawn_to_the_middle_are_brought_back(drawn_in):
    chances, ages = drawn_in
    years = stretched_years(chances, ages)
    assert error(chances, years, ages) < 0.6 * error(chances, YEARS, ages)
    assert years[-1] > 130
    away = chances @ years - ages
    assert abs(away[ages > 70].mean()) < 2.5
    assert (chances @ YEARS - ages)[ages > 70].mean() < -8


def test_the_error_is_at_its_least_among_all_that_bend_there(drawn_in):
    chances, ages = drawn_in
    years = stretched_years(chances, ages)
    middle = np.median(ages)
    at = np.interp([0, middle, 116], YEARS, years)
    for n, by in ((0, 1), (1, 0.5), (1, -0.5), (2, 2), (2, -2)):
        other = at.copy()
        other[n] += by
        there = np.interp(YEARS, [0, middle, 116], other)
        assert error(chances, years, ages) <= error(chances, there, ages) + 1e-3


def test_ages_that_are_told_right_stay():
    ages = np.random.default_rng(1).uniform(5, 95, 400)
    np.testing.assert_allclose(stretched_years(bells(ages, 1.0), ages), YEARS, atol=0.6)


def test_no_age_lies_below_0_and_the_order_stays(drawn_in):
    chances, ages = drawn_in
    years = stretched_years(chances, np.maximum(ages - 40, 0))
    assert years[0] >= 0
    assert (np.diff(years) > 0).all()


@pytest.mark.parametrize("ages", [np.zeros(50), np.full(50, 116.0)])
def test_faces_of_one_extreme_age_change_nothing(ages):
    np.testing.assert_array_equal(stretched_years(bells(np.linspace(20, 60, 50)), ages), YEARS)


def test_a_network_that_tells_the_wrong_way_round_is_left_alone():
    ages = np.linspace(10, 90, 200)
    np.testing.assert_array_equal(stretched_years(bells(100 - ages), ages), YEARS)


@pytest.fixture
def by_brightness():
    """A network whose distribution of ages is a bell around 100 times the brightness."""
    image = keras.Input((128, 128, 3))
    x = keras.layers.GlobalAveragePooling2D()(image)
    logits = keras.layers.Dense(117)
    chances = keras.layers.Softmax(name="age_chances")(logits(x))
    age = keras.layers.Dense(1, name="age", trainable=False)
    gender = keras.layers.Dense(1, name="gender")(x)
    model = keras.Model(image, {"age": age(chances), "gender": gender})
    logits.set_weights([np.tile(200 * YEARS / 72 / 3, (3, 1)), -(YEARS**2) / 72])
    age.set_weights([YEARS[:, None], np.zeros(1)])
    return model


def test_only_the_ages_of_the_classes_change_and_by_the_training_faces_alone(by_brightness):
    levels = np.linspace(40, 200, 30).astype("uint8")
    pixels = np.broadcast_to(levels[:, None, None, None], (30, 128, 128, 3))
    ages = (30 + 2 * (levels / 2.55 - 30)).astype("float32")
    train = np.arange(0, 30, 2)
    faces = SimpleNamespace(pixels=pixels, ages=ages, genders=np.zeros(30, "float32"), train=train)
    before = [w.numpy() for w in by_brightness.weights]
    seen = []
    told = stretch(by_brightness, faces, 8, Replicas(), lambda *counts: seen.append(counts))
    assert seen == [(0, 15), (8, 15), (15, 15)]
    changed = [
        w.path.split("/")[0]
        for w, old in zip(by_brightness.weights, before, strict=True)
        if not np.array_equal(w.numpy(), old)
    ]
    assert changed == ["age"]
    said = by_brightness.predict(pixels[train] / np.float32(255), verbose=0)["age"][:, 0]
    assert told[1] == pytest.approx(np.abs(said - ages[train]).mean(), abs=1e-2)
    assert told[1] < 0.5 * told[0]
    kernel = by_brightness.get_layer("age").get_weights()[0]
    faces.ages[1::2] = 0
    by_brightness.set_weights(before)
    stretch(by_brightness, faces, 8, Replicas(), lambda *_: None)
    np.testing.assert_array_equal(by_brightness.get_layer("age").get_weights()[0], kernel)


def test_without_a_distribution_there_is_nothing_to_stretch():
    with pytest.raises(ConfigError, match="stretch is on, but age_head is relu") as error:
        RunConfig().replace(stretch=True)
    assert error.value.setting == "stretch"
