import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.training import validation
from trainer.training.objective import divergence, huber, objective, sided_accuracy
from trainer.training.targets import Targets

RANDOM = np.random.default_rng(3)


def test_the_plain_recipe_is_the_mean_absolute_error_and_the_cross_entropy():
    said = objective(RunConfig())
    assert said["loss"] == {"age": "mae", "gender": "binary_crossentropy"}
    assert said["loss_weights"] == {"age": 1.0, "gender": 6.0}
    assert said["metrics"] == {"age": ["mae"], "gender": ["accuracy"]}


def test_every_output_that_is_trained_has_a_loss_and_its_weight():
    config = RunConfig(age_head="distribution", distribution_weight=3, age_group_weight=0.5)
    said = objective(config)
    assert said["loss_weights"]["age_distribution"] == 3
    assert said["loss_weights"]["age_group"] == 0.5
    assert set(said["loss"]) == set(said["loss_weights"])


@pytest.mark.parametrize(("error", "loss"), [(2.0, 4 / 8), (4.0, 2.0), (10.0, 8.0), (-10.0, 8.0)])
def test_huber_is_quadratic_to_delta_and_rises_a_year_a_year_beyond(error, loss):
    said = huber(4.0)(np.array([[30.0]]), np.array([[30.0 + error]]))
    assert float(said[0]) == pytest.approx(loss)
    assert validation.huber(np.array([abs(error)]), 4.0)[0] == pytest.approx(loss)


def test_the_divergence_is_0_for_the_label_itself_and_kerass_elsewhere():
    labels = Targets(RunConfig(age_head="distribution"), np.zeros(1)).labels(
        np.array([3.0, 50.0, 116.0]), np.zeros(3)
    )["age_distribution"]
    same = divergence(labels, np.log(np.maximum(labels, 1e-30)))
    np.testing.assert_allclose(same, 0, atol=1e-5)
    logits = RANDOM.normal(0, 2, labels.shape).astype("float32")
    theirs = keras.losses.kl_divergence(labels, keras.ops.softmax(logits))
    np.testing.assert_allclose(divergence(labels, logits), theirs, rtol=1e-3)
    np.testing.assert_allclose(validation.divergence(labels, logits), theirs, rtol=1e-3)


def test_a_label_without_chance_in_most_classes_has_a_finite_divergence_and_gradient():
    import tensorflow as tf

    true = tf.constant(np.eye(8, dtype="float32")[[2]])
    logits = tf.Variable(90 * np.arange(8, dtype="float32")[None])
    with tf.GradientTape() as tape:
        loss = divergence(true, logits)
    assert np.isfinite(loss.numpy()).all()
    assert tape.gradient(loss, logits).numpy()[0, 2] == pytest.approx(-1)


def test_of_mixed_faces_the_gender_that_most_is_of_counts_as_true():
    true = np.array([[0.7], [0.4], [0.9], [0.0]], "float32")
    said = np.array([[0.9], [0.6], [0.2], [0.1]], "float32")
    assert np.asarray(sided_accuracy(true, said)).tolist() == [1, 0, 0, 1]
    metric = objective(RunConfig(mixup=0.2))["metrics"]["gender"][0]
    assert metric.__name__ == "accuracy"


def test_every_member_has_the_losses_in_equal_parts_and_the_mean_has_none():
    config = RunConfig(age_head="distribution", distribution_weight=3, members=2)
    alone, said = objective(config.replace(members=1)), objective(config)
    for name, weight in alone["loss_weights"].items():
        assert said["loss_weights"][name] == 0
        for member in ("member1_", "member2_"):
            assert said["loss_weights"][f"{member}{name}"] == weight / 2
            assert said["loss"][f"{member}{name}"] == alone["loss"][name]
    assert set(said["loss"]) == set(said["loss_weights"])
    assert said["metrics"] == alone["metrics"]
