"""The quick guess disbelieves what does not fit the other faces, and only that."""

import numpy as np

from trainer.data.doubt import LEAST_FACES, guess
from trainer.data.index import build_index
from trainer.data.model_doubt import STRONG, ModelSaid, disbelief, model_finding
from trainer.runs.predictions import Prediction


def made_up(count=300):
    """Features that tell age and gender apart, with some noise."""
    draw = np.random.default_rng(3)
    ages = draw.integers(1, 90, count).astype("float32")
    genders = draw.integers(0, 2, count).astype("float32")
    features = draw.normal(size=(count, 12)).astype("float32")
    features[:, 0] += 3 * np.sqrt(ages)
    features[:, 1] += 6 * genders
    return features, ages, genders


def test_swapped_labels_are_doubted_most():
    features, ages, genders = made_up()
    genders[[5, 50]] = 1 - genders[[5, 50]]
    ages[[7, 70]] = np.where(ages[[7, 70]] < 45, 88, 2)
    doubt = guess(features, ages, genders)
    assert set(np.argsort(-doubt.gender_error)[:2].tolist()) == {5, 50}
    assert {7, 70} <= set(np.argsort(-doubt.age_error)[:4].tolist())
    assert abs(doubt.ages[20] - ages[20]) < 25
    assert np.median(doubt.gender_error) == 0


def test_a_face_is_judged_by_others_only():
    """With features of its own that no other face has, a face could learn its own label."""
    features, ages, genders = made_up(120)
    features = np.concatenate([features * 0, np.eye(120, dtype="float32") * 100], axis=1)
    doubt = guess(features, ages, genders)
    assert np.abs(doubt.genders).max() < 0.5


def test_what_is_not_trusted_is_not_learnt_from():
    features, ages, genders = made_up()
    trusted = np.arange(len(ages)) % 3 > 0
    wrong = genders.copy()
    wrong[~trusted] = 1 - wrong[~trusted]
    free = guess(features, ages, wrong)
    told = guess(features, ages, wrong, trusted)
    assert np.mean(told.gender_error[~trusted] > 0.5) > np.mean(free.gender_error[~trusted] > 0.5)
    assert np.mean(told.gender_error[~trusted] > 0) > 0.95


def test_too_few_faces_are_not_judged():
    features, ages, genders = made_up(LEAST_FACES - 1)
    doubt = guess(features, ages, genders)
    assert not doubt.age_error.any() and not doubt.gender_error.any()


def test_a_model_disbelieves_by_years_and_by_odds():
    sure = Prediction(30.0, 0.99)
    assert disbelief(30, 1, sure) < 0.02
    assert disbelief(30, 0, sure) > STRONG
    assert disbelief(55, 1, sure) > STRONG
    assert disbelief(40, 1, sure) < STRONG
    assert disbelief(30, 0, Prediction(30.0, 1.0)) < 100  # no logarithm of nothing


def test_what_a_model_disbelieves_is_a_finding_the_worst_first(tmp_path):
    for name in ("20_0_0_a.jpg", "30_1_0_b.jpg", "40_1_0_c.jpg", "50_1_0_d.jpg"):
        (tmp_path / name).write_bytes(b"x")
    index = build_index(tmp_path)
    said = {
        "20_0_0_a.jpg": Prediction(21.0, 0.1),
        "30_1_0_b.jpg": Prediction(60.0, 0.9),
        "40_1_0_c.jpg": Prediction(80.0, 0.01),
    }
    found = model_finding(index, [0, 1, 2, 3], ModelSaid("run-1", said))
    assert found.faces == [("40_1_0_c.jpg", "says 80 male"), ("30_1_0_b.jpg", "says 60 female")]
    assert "run-1" in found.title
