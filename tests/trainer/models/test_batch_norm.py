from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from trainer.models.batch_norm import FusedBatchNormalization

SHAPE = (6, 5, 4, 3)


def pair(**settings: object) -> list[layers.BatchNormalization]:
    """Keras's layer and ours with the same weights."""
    made = [
        layers.BatchNormalization(momentum=0.9, **settings),
        FusedBatchNormalization(momentum=0.9, **settings),
    ]
    draw = np.random.default_rng(1)
    weights = [draw.uniform(0.5, 2.0, SHAPE[-1]).astype("float32") for _ in range(4)]
    for layer in made:
        layer.build(SHAPE)
        layer.set_weights(weights)
    return made


def images(seed: int = 2) -> tf.Tensor:
    return tf.constant(np.random.default_rng(seed).normal(3, 2, SHAPE).astype("float32"))


@pytest.mark.parametrize("training", [True, False])
def test_says_what_the_layer_of_keras_says_and_keeps_the_same_statistics(training: bool) -> None:
    keras_layer, ours = pair()
    for seed in (2, 3, 4):
        wanted = keras_layer(images(seed), training=training)
        np.testing.assert_allclose(ours(images(seed), training=training), wanted, atol=1e-5)
    for wanted, kept in zip(keras_layer.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_allclose(kept, wanted, rtol=1e-5)


def test_gradients_are_those_of_the_layer_of_keras() -> None:
    found = []
    for layer in pair():
        x = images()
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=True) ** 3)
        found.append(tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)]))
    for wanted, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=2e-3, atol=2e-3)


def test_a_frozen_layer_keeps_its_statistics() -> None:
    _, ours = pair(trainable=False)
    before = ours.get_weights()
    ours(images(), training=True)
    for one, other in zip(before, ours.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_half_precision_keeps_statistics_in_float32() -> None:
    layer = FusedBatchNormalization(dtype="mixed_bfloat16")
    assert layer(images(), training=True).dtype == tf.bfloat16
    assert layer.moving_mean.dtype == "float32"
    assert np.isfinite(layer.moving_variance.numpy()).all()


def test_a_saved_model_holds_the_layer_of_keras_and_says_the_same(tmp_path: Path) -> None:
    inputs = keras.Input((4, 4, 3))
    x = FusedBatchNormalization(momentum=0.8, name="norm")(inputs)
    model = keras.Model(inputs, layers.Dense(2, name="dense")(x))
    model.get_layer("norm").set_weights([abs(images()[0, 0, n]) for n in range(4)])
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert type(copy.get_layer("norm")) is layers.BatchNormalization
    assert copy.get_layer("norm").momentum == 0.8
    x = images()[:, :4]
    np.testing.assert_array_equal(copy(x), model(x))
