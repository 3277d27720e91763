import keras
import numpy as np
import pytest

from trainer.config import RunConfig
from trainer.models.network import Network
from trainer.presets import preset
from trainer.training.optimizer import make_optimizer, rate_factors


def network(joining=()):
    """Two dense layers with a norm between, named as blocks are."""
    inputs = keras.Input((3,))
    x = keras.layers.Dense(4, name="block4_conv1")(inputs)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Dense(4, name="block5_conv1")(x)
    model = keras.Model(inputs, keras.layers.Dense(1, name="age")(x))
    return Network(model, model, joining=joining)


def moves(made, config, gradient):
    """By variable, how far one step at rate 0.5 moves it from 1 against that gradient."""
    variables = made.trained.trainable_variables
    optimizer = make_optimizer(made, config, 0.5)
    optimizer.build(variables)
    for variable in variables:
        variable.assign(np.ones(variable.shape))
    optimizer.apply([np.full(v.shape, gradient, "float32") for v in variables], variables)
    return {v.path: pytest.approx(1 - float(v.numpy().mean()), abs=1e-5) for v in variables}


def test_adamw_takes_its_part_off_kernels_and_off_nothing_else():
    config = RunConfig(optimizer="adamw", weight_decay=0.1)
    for path, moved in moves(network(), config, 0.0).items():
        assert (0.05 if path.endswith("kernel") else 0.0) == moved, path


def test_adamw_leaves_pre_trained_blocks_where_they_are():
    config = preset("B").replace(optimizer="adamw", weight_decay=0.1)
    moved = moves(network(joining=("block4_conv1", "block5_conv1")), config, 0.0)
    assert moved["age/kernel"] == 0.05
    assert moved["block5_conv1/kernel"] == 0.0


def test_adam_decays_nothing_and_without_layers_of_their_own_rate_is_kerass_own():
    made = network()
    assert all(moved == 0.0 for moved in moves(made, RunConfig(weight_decay=0.1), 0.0).values())
    ours = make_optimizer(made, RunConfig(), 0.5)
    theirs = keras.optimizers.Adam(0.5)
    ends = []
    for optimizer in (ours, theirs):
        variables = made.trained.trainable_variables
        optimizer.build(variables)
        for variable in variables:
            variable.assign(np.ones(variable.shape))
        for gradient in (0.3, -0.7, 0.1):
            optimizer.apply([np.full(v.shape, gradient, "float32") for v in variables], variables)
        ends.append([v.numpy() for v in variables])
    for one, other in zip(*ends, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_lower_a_pre_trained_block_the_smaller_its_steps():
    config = preset("B").replace(rate_decay=0.5)
    made = network(joining=("block4_conv1", "block5_conv1"))
    assert rate_factors(made, config) == {"block4_conv1": 0.25, "block5_conv1": 0.5}
    moved = moves(made, config, 1.0)  # Adam's first step is the whole rate, whatever the gradient
    assert moved["age/kernel"] == 0.5
    assert moved["block5_conv1/bias"] == 0.25
    assert moved["block4_conv1/kernel"] == 0.125


def test_a_rate_of_their_own_holds_under_loss_scaling_too():
    made = network(joining=("block5_conv1",))
    variables = made.trained.trainable_variables
    inner = make_optimizer(made, preset("B").replace(rate_decay=0.5), 0.5)
    scaled = keras.optimizers.LossScaleOptimizer(inner, initial_scale=1.0)
    scaled.build(variables)
    for variable in variables:
        variable.assign(np.ones(variable.shape))
    scaled.apply([keras.ops.ones(v.shape) for v in variables], variables)
    kernel = made.full.get_layer("block5_conv1").kernel
    assert 1 - float(kernel.numpy().mean()) == pytest.approx(0.25, abs=1e-5)
