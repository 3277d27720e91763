"""A network that also looks at the mirror image of each face, and answers with the mean of both.

Averaging over mirrored images is as old as deep networks for images (Krizhevsky, Sutskever and
Hinton 2012, NeurIPS 25, section 4.1). Here it is part of the graph: the saved model is still plain
Keras, of the same flat layers under the same names, and asks nothing of who calls it.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def with_mirror_image(model: Any) -> Any:
    """Of a flat functional `model` with outputs (n, 1) a copy of the same weights that runs 2n
    images in place of n: the faces, then their mirror images."""
    (image,) = model.inputs
    face = keras.Input(image.shape[1:], name=model.layers[0].name)
    made = {id(image): ops.concatenate([face, ops.flip(face, axis=2)], axis=0)}
    for layer in model.layers[1:]:
        given = layer.input
        several = isinstance(given, list)
        inputs = [made[id(one)] for one in given] if several else made[id(given)]
        made[id(layer.output)] = type(layer).from_config(layer.get_config())(inputs)
    outputs = {
        name: ops.mean(ops.reshape(made[id(output)], (2, -1, 1)), axis=0)
        for name, output in model.output.items()
    }
    twice = keras.Model(face, outputs, name=model.name)
    twice.set_weights(model.get_weights())
    return twice
