"""Model B: VGG16 (Simonyan and Zisserman 2014, arXiv:1409.1556), pre-trained on ImageNet, its
lower blocks frozen, with a branch for each task: a dense one, or upper blocks too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import layers

from trainer.config import IMAGE_SIZE, RunConfig
from trainer.models.heads import OUTPUTS, Heads, models
from trainer.models.network import Network
from trainer.models.vgg16_weights import BLOCKS, Weights, origin

# What VGG16 was trained on: blue, green, red in 0 to 255, less the mean of ImageNet.
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)


def build_vgg16(config: RunConfig, mean_age: float, weights: Weights | None) -> Network:
    """A flat functional model: (n, 128, 128, 3) RGB in [0, 1] to {"age": (n, 1), "gender": (n, 1)}.

    `weights` None leaves random ones: for tests, and where a checkpoint is not resumed from.
    The first `config.frozen_blocks` blocks never train. Each task has the last `config.branches`
    blocks for itself. With `config.feature_variants` the steps run only what lies above the frozen
    blocks, on features of shape (side, side, channels).
    """
    inputs = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3), name="image")
    frozen, shared = config.frozen_blocks, len(BLOCKS) - config.branches
    lower = [_imagenet_input(), *_blocks(range(1, frozen + 1))]
    for layer in lower:
        layer.trainable = False
    upper = _blocks(range(frozen + 1, shared + 1))
    if not config.branches:
        upper.append(layers.GlobalAveragePooling2D(name="pool"))
    branches = _Branches(config, mean_age)
    features = _apply(lower, inputs)
    full, trained = models(inputs, branches(_apply(upper, features)), "age_gender_B")
    _fill(full, weights)
    fixed = frozenset(layer.name for layer in lower) | branches.fixed
    joining = tuple(
        layer.name for layer in [*upper, *branches.own] if isinstance(layer, layers.Conv2D)
    )
    if not config.feature_variants:
        return Network(full, trained, None, fixed, joining)
    given = keras.Input(features.shape[1:], name="features")
    trained = keras.Model(given, branches(_apply(upper, given)), name="age_gender_B_upper")
    frozen_part = keras.Model(inputs, features, name="age_gender_B_frozen")
    return Network(full, trained, frozen_part, fixed, joining)


def _blocks(numbers: Iterable[int], task: str = "") -> list[Any]:
    """The layers of VGG16's blocks of these numbers; with `task`, the copy that it has for itself,
    its name before theirs."""
    found: list[Any] = []
    for number in numbers:
        count, filters = BLOCKS[number - 1]
        block = f"{task}_block{number}" if task else f"block{number}"
        for conv in range(1, count + 1):
            name = f"{block}_conv{conv}"
            found.append(layers.Conv2D(filters, 3, padding="same", activation="relu", name=name))
        found.append(layers.MaxPooling2D(2, name=f"{block}_pool"))
    return found


class _Branches:
    """What each task has for itself: upper blocks where the recipe says so, `own` those of both,
    then dropout, dense, dropout and head; the same layers whenever it is called."""

    def __init__(self, config: RunConfig, mean_age: float) -> None:
        numbers = range(len(BLOCKS) - config.branches + 1, len(BLOCKS) + 1)
        below = {task: _blocks(numbers, task) for task in OUTPUTS}
        for task in OUTPUTS if config.branches else ():
            below[task].append(layers.GlobalAveragePooling2D(name=f"{task}_pool"))
        self.own = [layer for task in OUTPUTS for layer in below[task]]
        self._heads = Heads(config, mean_age)
        self.fixed = self._heads.fixed
        self._layers = {
            task: [
                *below[task],
                layers.Dropout(config.dropout, name=f"{task}_dropout1"),
                layers.Dense(
                    config.dense_units,
                    activation="relu",
                    kernel_initializer="he_normal",
                    kernel_regularizer=keras.regularizers.L2(config.l2),
                    name=f"{task}_branch",
                ),
                layers.Dropout(config.head_dropout, name=f"{task}_dropout2"),
            ]
            for task in OUTPUTS
        }

    def __call__(self, x: Any) -> dict[str, Any]:
        return self._heads(*(_apply(self._layers[task], x) for task in OUTPUTS))


def _imagenet_input() -> Any:
    """RGB in [0, 1] to what VGG16 expects, as a convolution of one pixel that never trains: a
    layer of plain Keras, so that the saved model needs no code of ours."""
    return layers.Conv2D(3, 1, trainable=False, dtype="float32", name="imagenet_input")


def _apply(steps: list[Any], x: Any) -> Any:
    for step in steps:
        x = step(x)
    return x


def _fill(model: Any, weights: Weights | None) -> None:
    kernel = np.zeros((1, 1, 3, 3), "float32")
    for bgr, rgb in enumerate((2, 1, 0)):
        kernel[0, 0, rgb, bgr] = 255
    model.get_layer("imagenet_input").set_weights([kernel, -np.array(IMAGENET_MEAN_BGR)])
    missing = set(weights or {})
    for layer in model.layers:
        if arrays := (weights or {}).get(origin(layer.name)):
            layer.set_weights(list(arrays))
            missing.discard(origin(layer.name))
    if missing:
        raise ValueError(f"no layer for {', '.join(sorted(missing))}")
