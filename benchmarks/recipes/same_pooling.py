"""That networks pool as Keras lets them, and pass the same gradient on, where no two values are the
same; where some are, as many are in bfloat16, that each window passes on the same in all.

    KERAS_BACKEND=jax python -m benchmarks.recipes.same_pooling

Exits 1 where something differs.
"""

from __future__ import annotations

import sys
from typing import Any

import jax
import jax.numpy as jnp
from keras import layers

from benchmarks.recipes import pooling

LARGEST = 0.02  # of gradients up to 4 in bfloat16, of which a window adds up four


def main() -> int:
    maps = jax.random.normal(jax.random.key(1), (8, 32, 32, 16))
    weights = jax.random.normal(jax.random.key(2), (8, 16, 16, 16))
    layer = layers.MaxPooling2D(2)

    def both(x: Any) -> Any:
        return layer(x), jax.grad(lambda x: (layer(x) * weights).sum())(x)

    def of_windows(gradients: Any) -> Any:
        return gradients.astype("float32").reshape(8, 16, 2, 16, 2, 16).sum((2, 4))

    coarse = maps.round(1).astype("bfloat16")
    pooled, gradients = both(maps)
    tied, of_tied = both(coarse)
    pooling.use()
    away = [jnp.abs(a - b).max() for a, b in zip(both(maps), (pooled, gradients), strict=True)]
    again, of_again = both(coarse)
    away += [jnp.abs(again - tied).max(), jnp.abs(of_windows(of_again) - of_windows(of_tied)).max()]
    names = ("pooled", "gradients", "pooled with ties", "their gradients by window")
    print(
        *(f"{name}: {float(one):g} away" for name, one in zip(names, away, strict=True)), sep="\n"
    )
    return int(any(away[:3]) or away[3] > LARGEST)


if __name__ == "__main__":
    sys.exit(main())
