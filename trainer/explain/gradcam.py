"""Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391): where in a face a head found its evidence.

The map is the rectified sum of the channels of a convolutional layer, each weighted by the mean
gradient of the head's output over the map. Of the gender it is the logit before the sigmoid, for
the label that the model says; of the age it is the years before the ReLU, so that the map shows
what made the face look old. Of an ensemble a layer is the one of that name in all members: their
channels count together; members of one age neuron each count after its ReLU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.config import IMAGE_SIZE
from trainer.errors import ConfigError
from trainer.models.members import without_member
from trainer.text import printable

HEADS = ("age", "gender")
AGAINST, NO_PART = "against", "no part"
# What says the same of a face as the map before: in fewer places, or times a factor a channel.
_MADE_OF_A_MAP = ("MaxPooling2D", "AveragePooling2D", "Multiply")


@dataclass(frozen=True)
class Explanation:
    """`heat` (128, 128) float32, 0 to 1; `coarse` the same at the layer's own size; `value` the age
    in years or the probability of label 1; `toward` says what the heat speaks for. `cold` is ''
    where there is heat; AGAINST where all that the layer finds speaks for the opposite, NO_PART
    where the answer does not hang on it."""

    head: str
    layer: str
    heat: np.ndarray
    coarse: np.ndarray
    value: float
    toward: str
    cold: str


def layers_to_explain(model: Any, head: str) -> list[str]:
    """Names of the layers on the way to `head` whose output is a map, first to last; of those that
    every member of an ensemble has, once."""
    return list(dict.fromkeys(without_member(layer.name) for layer in _maps(model, head)))


def last_convolution(model: Any, head: str) -> str:
    """The last layer on the way to `head` that makes a map and not merely pools or weighs one:
    the last convolution, after its normalisation, its rectifier and what joins it.

    ConfigError for a model that has none at its top level.
    """
    for layer in _way_to(model, head):
        if _is_map(layer) and type(layer).__name__ not in _MADE_OF_A_MAP:
            return without_member(str(layer.name))
    raise ConfigError(
        f"{printable(model.name)}: has no convolution at its top level, so no map can be drawn"
    )


class GradCam:
    """Explains one head of one model; build it once and ask it of many faces."""

    def __init__(self, model: Any, head: str, layer: str = "") -> None:
        """`layer` '' is the last convolution. ConfigError for an unknown head or layer, and for a
        model whose head is no dense layer of that name."""
        import keras

        if head not in HEADS:
            raise ConfigError(f"head is '{printable(head)}': give {' or '.join(HEADS)}")
        self.head, self.layer = head, layer or last_convolution(model, head)
        known = layers_to_explain(model, head)
        if self.layer not in known:
            raise ConfigError(
                f"layer is '{printable(layer)}': this model has {', '.join(map(printable, known))}"
            )
        dense = _dense(model, head)
        self._kernel, self._bias = dense.kernel, dense.bias if dense.use_bias else 0.0
        self.model = model
        same = [one for one in _maps(model, head) if without_member(one.name) == self.layer]
        self._upper = keras.Model(model.inputs, [[one.output for one in same], dense.input])

    def __call__(self, crop: np.ndarray) -> Explanation:
        """Explain one face (128, 128, 3) uint8 RGB."""
        import tensorflow as tf

        image = tf.cast(crop[None], tf.float32) / 255.0
        with tf.GradientTape() as tape:
            tape.watch(image)  # frozen layers would not be recorded without it
            maps, features = self._upper(image, training=False)
            # Of a model that mirrors, a second row: the value is of both, the map of the face.
            scores = (tf.matmul(tf.cast(features, tf.float32), self._kernel) + self._bias)[:, 0]
            score, chance = scores[0], tf.reduce_mean(tf.sigmoid(scores))
            against = self.head == "gender" and chance < 0.5
            target = -score if against else score
        gradient = tape.gradient(target, maps)
        of_each = [
            _evidence(_floats(one), _floats(slope))
            for one, slope in zip(maps, gradient, strict=True)
        ]
        evidence = np.sum(of_each, axis=0)
        heat = _heat(evidence)
        cold = "" if heat.any() else AGAINST if evidence.any() else NO_PART
        if self.head == "age":
            value = float(tf.reduce_mean(tf.maximum(scores, 0.0)))
            toward = "a higher age"
        else:
            value, toward = float(chance), "label 0" if against else "label 1"
        return Explanation(self.head, self.layer, _enlarged(heat), heat, value, toward, cold)


def _evidence(maps: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """(h, w), for and against, from a layer's output (h, w, channels) and the gradient over it."""
    result: np.ndarray = maps @ gradient.mean((0, 1))
    return result


def _heat(evidence: np.ndarray) -> np.ndarray:
    """(h, w) float32, 0 to 1: what speaks for it alone."""
    heat = np.maximum(evidence, 0.0)
    top = float(heat.max())
    result: np.ndarray = (heat / top if top > 0 else heat).astype("float32")
    return result


def _enlarged(heat: np.ndarray) -> np.ndarray:
    import cv2

    result: np.ndarray = cv2.resize(heat, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_LINEAR)
    return result


def _floats(tensor: Any) -> np.ndarray:
    import tensorflow as tf

    result: np.ndarray = tf.cast(tensor, tf.float32).numpy()[0]
    return result


def _dense(model: Any, head: str) -> Any:
    """The layer of one neuron that says `head`. ConfigError where there is none: before it are the
    logit and the years that a map explains."""
    import keras

    for layer in model.layers:
        if layer.name == head and isinstance(layer, keras.layers.Dense) and layer.units == 1:
            return layer
    raise ConfigError(
        f"{printable(model.name)}: its outputs do not end in dense layers called "
        f"{' and '.join(HEADS)}, so no map can be drawn"
    )


def _way_to(model: Any, head: str) -> list[Any]:
    """The layers that `head` hangs on, itself the first, then from the nearest to the farthest."""
    made_by = {id(layer.output): layer for layer in model.layers}
    way = [_dense(model, head)]
    for layer in way:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        before = [made_by[id(one)] for one in inputs if id(one) in made_by]
        way += [one for one in before if one not in way]
    return way


def _maps(model: Any, head: str) -> list[Any]:
    """The layers on the way to `head` whose output is a map, first to last."""
    way = {layer.name for layer in _way_to(model, head)}
    return [layer for layer in model.layers if layer.name in way and _is_map(layer)]


def _is_map(layer: Any) -> bool:
    shape: Any = getattr(layer.output, "shape", ())
    made = type(layer).__name__ not in ("InputLayer", "Dropout")
    return made and len(shape) == 4 and shape[1] > 1  # of one place there is nothing to show
