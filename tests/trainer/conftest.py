"""A file of VGG16 weights at full size, made once: random, as the published ones are not ours."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from trainer.models.vgg16_weights import Weights, layer_shapes


@pytest.fixture(scope="session")
def vgg16_layers() -> Weights:
    random = np.random.default_rng(16)
    layers = {}
    for name, shape in layer_shapes().items():
        spread = np.float32(np.sqrt(2 / np.prod(shape[:3])))  # so that activations keep their size
        kernel = random.standard_normal(shape, "float32") * spread
        layers[name] = (kernel, random.standard_normal(shape[3], "float32") * np.float32(0.1))
    return layers


@pytest.fixture(scope="session")
def vgg16_file(vgg16_layers: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In the layout that `keras.applications` publishes."""
    path = tmp_path_factory.mktemp("weights") / "vgg16.h5"
    write_applications_layout(path, vgg16_layers)
    return path


def write_applications_layout(path: Path, layers: Weights) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for name, arrays in layers.items():
            group = file.create_group(name)
            names = [f"{name}_W_1:0", f"{name}_b_1:0"]
            group.attrs["weight_names"] = [text.encode() for text in names]
            for text, array in zip(names, arrays, strict=True):
                group[text] = array
