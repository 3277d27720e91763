"""One network on one device, or a copy of it on each of several GPUs that learn in step.

With several, each is shown its part of every batch and the gradients are averaged
(`tf.distribute.MirroredStrategy`): an epoch has the same steps as on one.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from keras import tree

from trainer.errors import DeviceError


class Replicas:
    """`strategy` is a `MirroredStrategy`, or None for a single device."""

    def __init__(self, strategy: Any = None) -> None:
        self._strategy = strategy
        self.count: int = strategy.num_replicas_in_sync if strategy else 1

    def check(self, batch_size: int) -> None:
        """DeviceError if a batch does not divide among them."""
        if batch_size % self.count:
            raise DeviceError(
                f"batch_size {batch_size} does not divide among {self.count} GPUs: "
                f"give a multiple of {self.count}, or set device to auto"
            )

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """Where networks and optimizers are made and compiled."""
        return self._strategy.scope() if self._strategy else contextlib.nullcontext()

    def spread(self, batch: Any) -> Any:
        """A batch as the step of a compiled model takes it; its length divides by `count`."""
        if self._strategy is None:
            return batch
        return tree.map_structure(self._parts, batch)

    def predict(self, model: Any, inputs: np.ndarray) -> Any:
        """What `model` says of (n, …) inputs of any n: an array or a dict of arrays, (n, …)."""
        if self._strategy is None:
            return model.predict_on_batch(inputs)
        missing = -len(inputs) % self.count
        padded = np.concatenate([inputs, np.repeat(inputs[-1:], missing, axis=0)])
        model.make_predict_function()
        said = model.predict_function([(self.spread(padded),)])
        return tree.map_structure(lambda out: np.asarray(out)[: len(inputs)], said)

    def _parts(self, array: np.ndarray) -> Any:
        parts = np.split(array, self.count)
        return self._strategy.experimental_distribute_values_from_function(
            lambda context: parts[context.replica_id_in_sync_group]
        )
