"""That JAX varies faces as a run does: the same draws carried out by both, on the sample faces.

    KERAS_BACKEND=jax python -m benchmarks.recipes.same_augmentation

Exits 1 where a value differs by more than a hundredth of the range: OpenCV works on whole numbers.
"""

from __future__ import annotations

import sys

import cv2
import jax.numpy as jnp
import numpy as np

from benchmarks.recipes.augmentation import varied
from trainer.augment import Augmentation, transform
from trainer.data.sample import sample_folder

LARGEST = 0.01


def main() -> int:
    files = sorted(sample_folder().glob("*.jpg"))[:64]
    faces = np.stack([cv2.imread(str(file))[:, :, ::-1] for file in files])
    draws = Augmentation(True, 14.0, 0.1, 0.2, 0.02).draw(len(faces), 1, 1, 1)
    parts = (draws.angle, draws.zoom, draws.contrast, draws.hue)
    ours = varied(
        jnp.asarray(faces, "float32") / 255,
        jnp.where(draws.flip, -1.0, 1.0),
        *(jnp.asarray(part, "float32") for part in parts),
        jnp.zeros((len(faces), 2)),
    )
    away = np.abs(np.asarray(ours) - transform(faces, draws))
    print(f"{len(faces)} faces: mean difference {away.mean():.5f}, largest {away.max():.5f}")
    return int(not away.max() <= LARGEST)


if __name__ == "__main__":
    sys.exit(main())
