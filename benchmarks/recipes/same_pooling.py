"""That networks pool as Keras lets them, and pass the same gradient on.

    KERAS_BACKEND=jax python -m benchmarks.recipes.same_pooling

Exits 1 where a value differs.
"""

from __future__ import annotations

import sys
from typing import Any

import jax
import jax.numpy as jnp
from keras import layers

from benchmarks.recipes import pooling


def main() -> int:
    maps = jax.random.normal(jax.random.key(1), (8, 32, 32, 16))
    weights = jax.random.normal(jax.random.key(2), (8, 16, 16, 16))
    layer = layers.MaxPooling2D(2)

    def both() -> Any:
        return layer(maps), jax.grad(lambda x: (layer(x) * weights).sum())(maps)

    kerass = both()
    pooling.use()
    away = [float(jnp.abs(a - b).max()) for a, b in zip(both(), kerass, strict=True)]
    print(f"{maps.shape}: largest difference {away[0]:g}, of gradients {away[1]:g}")
    return int(any(away))


if __name__ == "__main__":
    sys.exit(main())
