import keras
import numpy as np
import pytest

from tests.trainer.sharing.harm import HARMS, harmed
from trainer.config import RunConfig
from trainer.errors import RunError
from trainer.models.custom_cnn import build_custom_cnn
from trainer.sharing.keras_file import KerasFile, half_precision, halved, read_keras, write_keras


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(3)
    small = RunConfig(filters="4-4-4-8", dense_units=8, age_head="distribution")
    return build_custom_cnn(small, mean_age=33.0)


@pytest.fixture(scope="module")
def file(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "small.keras"
    network.save(path)
    return path


def answers(network):
    images = np.random.default_rng(1).random((3, 128, 128, 3), "float32")
    return {name: np.asarray(out) for name, out in network(images).items()}


def test_what_is_written_again_is_the_same_model_and_the_same_bytes_each_time(
    file, network, tmp_path
):
    for name in ("one.keras", "other.keras"):
        write_keras(tmp_path / name, read_keras(file))
    again = keras.models.load_model(tmp_path / "one.keras")
    for name, out in answers(network).items():
        np.testing.assert_array_equal(answers(again)[name], out)
    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "other.keras").read_bytes()


def test_a_path_tells_its_layer_and_place(file):
    model = read_keras(file)
    named = {model.layer(path) for path in model.arrays if "seed" not in path}
    assert {("block1_conv1", 0), ("shared", 0), ("shared", 1), ("gender", 1)} <= named


@pytest.mark.parametrize("harm", [harm for harm in HARMS if not harm.startswith("deep")])
def test_a_file_that_came_to_any_harm_is_refused_by_its_name(file, tmp_path, harm):
    with pytest.raises(RunError, match=r"a\.keras: not a Keras 3 model, or damaged \("):
        read_keras(harmed(file, tmp_path / "a.keras", harm))


def test_half_precision_is_half_the_size_and_keras_computes_in_float32_with_it(
    file, network, tmp_path
):
    small = tmp_path / "small.keras"
    write_keras(small, half_precision(read_keras(file)))
    kernels = sum(a.nbytes for a in read_keras(file).arrays.values() if a.ndim > 1)
    assert file.stat().st_size - small.stat().st_size > 0.4 * kernels
    loaded = keras.models.load_model(small)
    assert {weight.dtype for weight in loaded.weights} == {"float32"}
    for name, out in answers(network).items():
        np.testing.assert_allclose(answers(loaded)[name], out, rtol=0.01)
    assert not np.array_equal(answers(loaded)["age"], answers(network)["age"])


def test_only_kernels_within_float16s_reach_are_halved():
    assert halved(np.ones((2, 2), "float32")).dtype == np.float16
    for array in (
        np.ones(2, "float32"),
        np.full((2, 2), 1e5, "float32"),
        np.ones((2, 2), "uint32"),
        np.ones((0, 2), "int64"),
    ):
        assert halved(array) is array


@pytest.mark.parametrize("content", [b"", b"PK rubbish"])
def test_a_file_that_is_no_keras_model_is_named(tmp_path, content):
    bad = tmp_path / "bad.keras"
    bad.write_bytes(content)
    with pytest.raises(RunError, match=r"bad\.keras: not a Keras 3 model, or damaged"):
        read_keras(bad)
    with pytest.raises(RunError, match=r"none\.keras: not a Keras 3 model, or damaged"):
        read_keras(tmp_path / "none.keras")


def test_a_model_stays_untouched_when_halved():
    model = KerasFile(
        "{}", "{}", {"layers/d/vars": "d"}, {"layers/d/vars/0": np.ones((2, 2), "f4")}
    )
    half_precision(model)
    assert model.arrays["layers/d/vars/0"].dtype == np.float32
