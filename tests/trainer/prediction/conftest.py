"""A model small enough to build and save in the tests that need one."""

import keras
import numpy as np
import pytest
from PIL import Image

from trainer.config import RunConfig
from trainer.models.custom_cnn import build_custom_cnn

TINY = RunConfig(filters="4-4-4-8", dense_units=8)


@pytest.fixture(scope="session")
def tiny_network():
    keras.utils.set_random_seed(3)
    return build_custom_cnn(TINY, mean_age=33.0)


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory, tiny_network):
    file = tmp_path_factory.mktemp("models") / "tiny.keras"
    tiny_network.save(file)
    return file


@pytest.fixture
def crops(tmp_path):
    """Ten pictures of 128×128 in a folder, each of its own shade."""
    folder = tmp_path / "crops"
    folder.mkdir()
    random = np.random.default_rng(5)
    for n in range(10):
        pixels = random.integers(0, 100, (128, 128, 3)) + 15 * n
        Image.fromarray(pixels.astype("uint8")).save(folder / f"{20 + n}_{n % 2}_0_{n:03}.png")
    return folder
