"""What moves the weights: Adam (Kingma and Ba 2015, arXiv:1412.6980) with the extras of a recipe.

Weight decay apart from the gradient (AdamW, Loshchilov and Hutter 2019, arXiv:1711.05101), on
kernels only: a bias or the scale of a norm has no reason to be small, and pre-trained blocks are to
stay near where they began, not near 0. Layer-wise rates (Howard and Ruder 2018, arXiv:1801.06146):
the lower a pre-trained block, the more general what it knows, and the less it is to move.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras

from trainer.config import RunConfig
from trainer.models.network import Network
from trainer.models.vgg16_weights import BLOCKS, origin


class LayeredAdam(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam that moves the variables of some layers at a part of its rate."""

    def __init__(self, rate: float, factors: Mapping[int, float], **rest: Any) -> None:
        """`factors` by `id` of a variable; 1 for the others."""
        super().__init__(rate, name="adam", **rest)
        self._factor_of = dict(factors)
        self._factors: dict[Any, float] = {}

    def build(self, variables: list[Any]) -> None:
        super().build(variables)
        known = [variable for variable in variables if id(variable) in self._factor_of]
        self._factors = {self._var_key(one): self._factor_of[id(one)] for one in known}

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        factor = self._factors.get(self._var_key(variable))
        rate = learning_rate if factor is None else learning_rate * factor
        super().update_step(gradient, variable, rate)


def make_optimizer(network: Network, config: RunConfig, rate: float) -> LayeredAdam:
    """A fresh optimizer for what trains in `network` now, not built yet, at the learning rate
    `rate`."""
    by_layer = rate_factors(network, config)
    variables = network.trained.trainable_variables
    factors = {id(v): by_layer[layer] for v in variables if (layer := _layer(v)) in by_layer}
    if config.optimizer == "adam":
        return LayeredAdam(rate, factors)
    optimizer = LayeredAdam(rate, factors, weight_decay=config.weight_decay)
    optimizer.exclude_from_weight_decay(
        [v for v in variables if len(v.shape) < 2 or _layer(v) in network.joining]
    )
    return optimizer


def rate_factors(network: Network, config: RunConfig) -> dict[str, float]:
    """For each pre-trained layer that trains, what its learning rate is multiplied by; empty where
    all train at the same."""
    if config.rate_decay == 1:
        return {}
    top = len(BLOCKS) + 1
    return {
        name: config.rate_decay ** (top - int(found[1]))
        for name in network.joining
        if (found := re.match(r"block(\d+)_", origin(name)))
    }


def _layer(variable: Any) -> str:
    return str(variable.path).partition("/")[0]
