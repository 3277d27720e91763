import keras
import numpy as np
import pytest

from trainer.config import RunConfig, preset
from trainer.models.custom_cnn import build_custom_cnn

SMALL = RunConfig(filters="4-8-8,8-8", dense_units=8)


@pytest.fixture(scope="module")
def model():
    return build_custom_cnn(preset("A"), mean_age=33.0)


def test_takes_128_rgb_and_gives_one_age_and_one_gender(model):
    assert model.input_shape == (None, 128, 128, 3)
    assert {name: out.shape for name, out in model.output.items()} == {
        "age": (None, 1),
        "gender": (None, 1),
    }


def test_heads_are_one_relu_and_one_sigmoid_neuron(model):
    age, gender = model.get_layer("age"), model.get_layer("gender")
    assert (age.units, age.activation.__name__) == (1, "relu")
    assert (gender.units, gender.activation.__name__) == (1, "sigmoid")


def test_final_feature_map_is_at_most_10_by_10(model):
    _, height, width, _ = model.get_layer("flatten").input.shape
    assert 1 <= height <= 10 and 1 <= width <= 10


def test_blocks_grow_and_end_in_max_pooling(model):
    widths = [x.filters for x in model.layers if isinstance(x, keras.layers.Conv2D)]
    pools = [x for x in model.layers if isinstance(x, keras.layers.MaxPooling2D)]
    assert widths == sorted(widths) and widths[0] < widths[-1]
    assert len(pools) == 5


def test_both_heads_read_the_same_dense_layer(model):
    assert model.get_layer("age").input is model.get_layer("gender").input


def test_kernels_carry_l2_and_dropout_is_there(model):
    kernels = [x for x in model.layers if hasattr(x, "kernel_regularizer")]
    assert kernels and all(x.kernel_regularizer.l2 == pytest.approx(1e-4) for x in kernels)
    rates = [x.rate for x in model.layers if isinstance(x, keras.layers.Dropout)]
    assert 0.5 in rates and 0.3 in rates


def test_the_untrained_age_is_near_the_training_mean():
    model = build_custom_cnn(SMALL, mean_age=33.0)
    out = model.predict(np.zeros((2, 128, 128, 3), "float32"), verbose=0)
    np.testing.assert_allclose(out["age"], 33.0, atol=1e-3)


def test_without_batch_norm_convolutions_have_a_bias():
    model = build_custom_cnn(SMALL.replace(batch_norm=False), mean_age=33.0)
    assert not any(isinstance(x, keras.layers.BatchNormalization) for x in model.layers)
    assert model.get_layer("block1_conv1").use_bias


def test_heads_stay_float32_under_mixed_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_custom_cnn(SMALL, mean_age=33.0)
    finally:
        keras.config.set_dtype_policy(before)
    assert model.get_layer("block1_conv1").compute_dtype == "bfloat16"
    assert model.get_layer("age").compute_dtype == "float32"
    assert model.get_layer("gender").compute_dtype == "float32"
