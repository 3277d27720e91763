from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from trainer.models.batch_norm import CHANNELS, FusedBatchNormalization

SHAPE = (6, 5, 4, 3)


def pair(channels: int = SHAPE[-1], **settings: object) -> list[layers.BatchNormalization]:
    """Keras's layer and ours with the same weights."""
    made = [
        layers.BatchNormalization(momentum=0.9, **settings),
        FusedBatchNormalization(momentum=0.9, **settings),
    ]
    draw = np.random.default_rng(1)
    weights = [draw.uniform(0.5, 2.0, channels).astype("float32") for _ in range(4)]
    for layer in made:
        layer.build((*SHAPE[:-1], channels))
        layer.set_weights(weights)
    return made


def images(seed: int = 2, channels: int = SHAPE[-1]) -> tf.Tensor:
    shape = (*SHAPE[:-1], channels)
    return tf.constant(np.random.default_rng(seed).normal(3, 2, shape).astype("float32"))


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


@pytest.mark.parametrize("channels", [CHANNELS, 24])
def test_in_half_precision_it_says_the_same_but_for_rounding(channels: int) -> None:
    keras_layer, ours = pair(channels, dtype="mixed_bfloat16")
    wanted, said = (
        layer(images(channels=channels), training=True) for layer in (keras_layer, ours)
    )
    assert said.dtype == wanted.dtype == tf.bfloat16
    np.testing.assert_allclose(*(tf.cast(y, "float32") for y in (said, wanted)), atol=0.05)
    assert ours.moving_mean.dtype == "float32"
    for kept, its in zip(ours.get_weights(), keras_layer.get_weights(), strict=True):
        np.testing.assert_allclose(kept, its, rtol=0.01)


@pytest.mark.parametrize(("gpus", "dtype"), [([], tf.float32), (["gpu"], tf.bfloat16)])
def test_half_precision_is_left_where_a_cpu_has_no_fast_kernel_for_so_many_channels(
    gpus: list[str], dtype: tf.DType, monkeypatch: pytest.MonkeyPatch
) -> None:
    fused, met = tf.compat.v1.nn.fused_batch_norm, []
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda _: gpus)

    def watched(inputs: tf.Tensor, *rest: object, **named: object) -> object:
        met.append(inputs.dtype)
        return fused(inputs, *rest, **named)

    monkeypatch.setattr(tf.compat.v1.nn, "fused_batch_norm", watched)
    for channels in (CHANNELS, 24):
        _, ours = pair(channels, dtype="mixed_bfloat16")
        ours(images(channels=channels), training=True)
    assert met == [tf.bfloat16, dtype]


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
