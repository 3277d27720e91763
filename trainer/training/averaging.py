"""The average of the weights over the last steps, which is validated and saved instead of them.

An exponential moving average (Polyak and Juditsky 1992; with networks, Tarvainen and Valpola 2017,
arXiv:1703.01780). The moving statistics of batch normalisation are averaged as the weights are:
under those of the last weights, averaged ones say nothing sensible.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from trainer.models.network import Network
from trainer.training import variables
from trainer.training.replicas import Replicas
from trainer.training.variables import AVERAGE

_STEPS = f"{AVERAGE}steps"


class Averaging:
    """Averages what inference needs of `network`, kept at `decay` from one step to the next."""

    def __init__(self, network: Network, decay: float, replicas: Replicas) -> None:
        self._network, self._decay, self._replicas = network, decay, replicas
        self._steps = 0
        with replicas.scope():
            self._averages = [
                keras.Variable(weight.numpy(), trainable=False, name=f"average{number}")
                for number, weight in enumerate(network.weights())
            ]
        self._update = _updating(network.weights(), self._averages)

    def advance(self) -> None:
        """Account for a step that was made."""
        # At first the average reaches back over a tenth of the steps there were, so that the
        # untrained weights are soon forgotten.
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        with self._replicas.scope():
            self._update(keras.ops.convert_to_tensor(decay, "float32"))

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """The network has the averages within, and its own weights again after it."""
        own = variables.weights(self._network)
        variables.set_weights(self._network, self._named())
        try:
            yield
        finally:
            variables.set_weights(self._network, own)

    def capture(self) -> dict[str, np.ndarray]:
        """All its state, for a checkpoint."""
        named = {f"{AVERAGE}{name}": array for name, array in self._named().items()}
        return {**named, _STEPS: np.array(self._steps)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Put back what `capture` gave; RunError if it is of another network."""
        own = dict(averaged(arrays))
        self._steps = int(arrays[_STEPS])
        variables.assign({f"{n:04d}": v for n, v in enumerate(self._averages)}, own)

    def _named(self) -> dict[str, np.ndarray]:
        return {f"{n:04d}": np.array(v.numpy()) for n, v in enumerate(self._averages)}


def averaged(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of a checkpoint's arrays the averages, named as `trainer.training.variables.weights` names
    weights; empty where the run averages none."""
    return {
        name.removeprefix(AVERAGE): array
        for name, array in arrays.items()
        if name.startswith(AVERAGE) and name != _STEPS
    }


def _updating(weights: list[Any], averages: list[Any]) -> Any:
    import tensorflow as tf

    @tf.function  # type: ignore[untyped-decorator]
    def update(decay: Any) -> None:
        for weight, average in zip(weights, averages, strict=True):
            average.assign(average * decay + weight * (1 - decay))

    return update
