import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.errors import ConfigError
from trainer.models.custom_cnn import build_custom_cnn, custom_cnn
from trainer.models.heads import OUTPUTS
from trainer.presets import preset

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


def names(model):
    return [layer.name for layer in model.layers]


def outputs(model):
    images = np.random.default_rng(4).random((2, 128, 128, 3), "float32")
    return {name: np.asarray(out) for name, out in model(images, training=False).items()}


def test_branches_give_each_task_the_last_blocks_and_a_dense_layer_of_its_own():
    model = build_custom_cnn(SMALL.replace(branches=2), mean_age=33.0)
    convolutions = [x.name for x in model.layers if isinstance(x, keras.layers.Conv2D)]
    own = [f"{task}_block{n}_conv1" for n in (3, 4) for task in OUTPUTS]
    own += [f"{task}_block3_conv2" for task in OUTPUTS]
    assert sorted(convolutions) == sorted(["block1_conv1", "block2_conv1", *own])
    assert model.get_layer("age").input is not model.get_layer("gender").input
    assert "shared" not in names(model)


def test_branches_leave_a_block_for_both_tasks():
    with pytest.raises(ConfigError, match=r"branches is 4, and filters has 4 blocks: leave at lea"):
        RunConfig().replace(filters="4-4-4-4", branches=4)


def test_a_residual_block_whose_convolutions_say_nothing_passes_on_what_it_was_given():
    config = SMALL.replace(filters="4-8,8-8,8-8", residual=True, batch_norm=False)
    model = build_custom_cnn(config, mean_age=33.0)
    assert "block1_add" not in names(model)  # one convolution: nothing to shorten
    assert "block2_shortcut" in names(model) and "block3_shortcut" not in names(model)
    silent = model.get_layer("block3_conv2")
    silent.set_weights([np.zeros_like(weight) for weight in silent.get_weights()])
    between = keras.Model(
        model.inputs, [model.get_layer(f"block{n}_{part}").output for n, part in
                       ((2, "dropout"), (3, "relu2"))]
    )  # fmt: skip
    given, said = between(np.random.default_rng(4).random((2, 128, 128, 3), "float32"))
    np.testing.assert_allclose(said, given, atol=1e-6)
    assert float(np.abs(given).max()) > 0


def test_squeeze_and_excitation_weighs_each_channel_by_one_factor():
    keras.utils.set_random_seed(3)  # without: now and then a channel is dead, and has no factor
    model = build_custom_cnn(SMALL.replace(squeeze=2), mean_age=33.0)
    before, after = (
        np.asarray(out)
        for out in keras.Model(
            model.inputs[0],
            [model.get_layer(f"block2_{part}").output for part in ("pool", "squeeze_scale")],
        )(np.random.default_rng(4).random((2, 128, 128, 3), "float32"))
    )
    assert before.any((1, 2)).all()
    factors = after.sum((1, 2)) / before.sum((1, 2))
    np.testing.assert_allclose(after, before * factors[:, None, None], rtol=1e-4, atol=1e-6)
    assert ((factors > 0) & (factors < 1)).all()
    assert np.ptp(factors) > 0.01
    assert model.get_layer("block2_squeeze_dense1").units == 4
    assert model.get_layer("block2_squeeze_mean").input is model.get_layer("block2_relu1").output


def test_average_pooling_stands_where_flatten_does():
    model = build_custom_cnn(SMALL.replace(pooling="average"), mean_age=33.0)
    assert model.get_layer("shared").input.shape == (None, 8)
    assert "flatten" not in names(model)


EVERYTHING = SMALL.replace(
    filters="4-4-8-8,8", branches=1, residual=True, squeeze=2, pooling="average",
    age_head="distribution", age_group_weight=1,
)  # fmt: skip


def test_the_saved_model_has_two_outputs_and_the_trained_one_the_same_layers_and_more():
    network = custom_cnn(EVERYTHING, 33.0)
    assert {name: out.shape for name, out in network.full.output.items()} == {
        "age": (None, 1),
        "gender": (None, 1),
    }
    assert set(network.trained.output) == {"age", "gender", "age_distribution", "age_group"}
    assert network.trained.output["age_distribution"].shape == (None, 117)
    assert set(names(network.trained)) - set(names(network.full)) == {"age_group"}
    assert network.trained.get_layer("age_logits") is network.full.get_layer("age_logits")
    plain = custom_cnn(SMALL, 33.0)
    assert plain.trained is plain.full


def test_the_age_of_a_distribution_is_its_mean_in_years():
    network = custom_cnn(EVERYTHING, 33.0)
    assert float(outputs(network.full)["age"].mean()) == pytest.approx(33, abs=4)  # cut off at 0
    logits = network.full.get_layer("age_logits")
    bias = np.full(117, -50.0)
    bias[[20, 40]] = 0, np.log(3)
    logits.set_weights([np.zeros_like(logits.get_weights()[0]), bias])
    np.testing.assert_allclose(outputs(network.full)["age"], 35.0, atol=1e-3)
    assert "age" in network.fixed
    assert not network.full.get_layer("age").trainable
    assert "age" not in {v.path.partition("/")[0] for v in network.learned()}
