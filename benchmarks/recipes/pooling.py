"""2×2 max pooling whose gradient a GPU computes quickly.

XLA's own gradient of a pooled maximum (`select_and_scatter`) is slow on GPUs: a step of A-best took
3.0 ms on an H200 with it, 2.7 without (`benchmarks.recipes.step_time`). The maximum over an axis of
its own has one that is a comparison. Where several of the four are the highest, they share the
gradient; XLA's gives it to the first. `benchmarks.recipes.same_pooling` holds it to Keras's.
"""

from __future__ import annotations

from typing import Any

from keras.src import backend


def max_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: Any = None,
) -> Any:
    """(n, h, w, c) to (n, h / 2, w / 2, c), in place of `keras.ops.max_pool`."""
    count, height, width, channels = inputs.shape
    asked = (pool_size, strides, padding, data_format, height % 2, width % 2)
    if asked != ((2, 2), (2, 2), "valid", "channels_last", 0, 0):
        raise NotImplementedError(f"only 2×2 pooling of even sides: {asked}")
    return inputs.reshape(count, height // 2, 2, width // 2, 2, channels).max((2, 4))


def use() -> None:
    """Let the networks of this process pool so."""
    backend.nn.max_pool = max_pool
