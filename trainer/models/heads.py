"""The two outputs every network ends in: age in years and the probability of gender 1."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def age_head(mean_age: float, l2: float) -> Any:
    """A layer of one ReLU neuron, (n, 1), years. Its bias starts at `mean_age`: a neuron that
    starts below zero has no gradient and never learns."""
    return layers.Dense(
        1,
        activation="relu",
        bias_initializer=keras.initializers.Constant(mean_age),
        kernel_regularizer=keras.regularizers.L2(l2),
        dtype="float32",
        name="age",
    )


def gender_head(l2: float) -> Any:
    """A layer of one sigmoid neuron, (n, 1), the probability of label 1 (female in UTKFace)."""
    return layers.Dense(
        1,
        activation="sigmoid",
        kernel_regularizer=keras.regularizers.L2(l2),
        dtype="float32",
        name="gender",
    )
