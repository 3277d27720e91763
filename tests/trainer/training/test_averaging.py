import keras
import numpy as np
import pytest

from trainer.errors import RunError
from trainer.models.network import Network
from trainer.training import variables
from trainer.training.averaging import Averaging, averaged
from trainer.training.replicas import Replicas


@pytest.fixture
def network():
    """A norm and a layer: weights that train and moving statistics that do not."""
    inputs = keras.Input((3,))
    x = keras.layers.BatchNormalization(name="norm", momentum=0.5)(inputs)
    x = keras.layers.Dropout(0.5, name="dropout")(x)
    model = keras.Model(inputs, keras.layers.Dense(1, name="age")(x))
    return Network(model, model)


def fill(network, value):
    for weight in network.weights():
        weight.assign(np.full(weight.shape, value))


def said(averaging):
    """The one value that all averages have."""
    (value,) = {float(v) for array in averaged(averaging.capture()).values() for v in array.ravel()}
    return value


def expected(values, decay, start=0.0):
    average = start
    for step, value in enumerate(values, start=1):
        kept = min(decay, (1 + step) / (10 + step))
        average = average * kept + value * (1 - kept)
    return average


def test_weights_and_moving_statistics_are_averaged_and_the_untrained_are_soon_forgotten(network):
    fill(network, 0.0)
    averaging = Averaging(network, 0.9, Replicas())
    values = [1.0, 5.0, 3.0, *[2.0] * 40]
    for value in values:
        fill(network, value)
        averaging.advance()
    assert said(averaging) == pytest.approx(expected(values, 0.9), rel=1e-5)
    assert said(averaging) == pytest.approx(2.0, abs=0.1)
    names = averaged(averaging.capture())
    assert len(names) == len(network.weights()) == 6  # kernel, bias, scale, shift, mean, variance


def test_in_use_the_network_speaks_with_the_averages_and_then_goes_on_with_its_own(network):
    fill(network, 1.0)
    averaging = Averaging(network, 0.5, Replicas())
    random = np.random.default_rng(1)
    for weight in network.weights():
        weight.assign(random.random(weight.shape))
    averaging.advance()
    own = variables.weights(network)
    with averaging.in_use():
        within = variables.weights(network)
    after = variables.weights(network)
    for name, average in averaged(averaging.capture()).items():
        np.testing.assert_array_equal(within[name], average)
        np.testing.assert_array_equal(after[name], own[name])
        assert not np.array_equal(within[name], own[name])


def test_what_was_captured_goes_on_to_the_bit(network):
    fill(network, 1.0)
    one = Averaging(network, 0.99, Replicas())
    for value in (0.3, 0.7):
        fill(network, value)
        one.advance()
    other = Averaging(network, 0.99, Replicas())
    other.restore(one.capture())
    for averaging in (one, other):
        fill(network, 0.1)
        averaging.advance()
    assert said(one) == said(other) != 0.1
    assert one.capture()["average/steps"] == other.capture()["average/steps"] == 3


def test_averages_of_another_network_are_refused(network):
    averaging = Averaging(network, 0.99, Replicas())
    captured = averaging.capture()
    captured.pop("average/0000")
    with pytest.raises(RunError, match="of another network"):
        averaging.restore(captured)


def test_averaged_weights_say_with_averaged_statistics_what_the_weights_say(network):
    """Weights that swing around a point: their mean is that point, and its statistics fit."""
    averaging = Averaging(network, 0.95, Replicas())
    random = np.random.default_rng(1)
    inputs = random.normal(20, 5, (64, 3)).astype("float32")
    norm, dense = network.full.get_layer("norm"), network.full.get_layer("age")
    for _ in range(200):
        network.full(inputs * random.normal(1, 0.2), training=True)
        norm.gamma.assign(1 + random.normal(0, 0.5, 3))
        dense.kernel.assign(np.ones((3, 1)) + random.normal(0, 0.5, (3, 1)))
        dense.bias.assign([7.0])
        averaging.advance()
    with averaging.in_use():
        mean = float(np.mean(network.full(inputs, training=False)))
    assert mean == pytest.approx(7.0, abs=0.5)
