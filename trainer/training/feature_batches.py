"""Batches of kept features instead of images; otherwise as `trainer.training.batches`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainer.training.batches import TrainingBatches, ValidationBatches

if TYPE_CHECKING:
    from trainer.training.targets import Targets

_STREAM = 0x766172


class FeatureBatches(TrainingBatches):
    """`features` (n, variants, h, w, c) float16, row i of the face `indices[i]`; each time a face
    is shown, one of its variants is drawn from (seed, epoch, step)."""

    def __init__(
        self,
        features: np.ndarray,
        ages: np.ndarray,
        genders: np.ndarray,
        indices: np.ndarray,
        batch_size: int,
        seed: int,
        workers: int,
        targets: Targets | None = None,
    ) -> None:
        rows = np.arange(len(indices))
        super().__init__(
            features,
            ages[indices],
            genders[indices],
            rows,
            batch_size,
            seed,
            None,
            workers,
            targets=targets,
        )

    def _images(self, rows: np.ndarray, epoch: int, step: int) -> np.ndarray:
        random = np.random.default_rng([_STREAM, self._seed, epoch, step])
        variants = random.integers(0, self._pixels.shape[1], len(rows))
        features: np.ndarray = self._pixels[rows, variants].astype("float32")
        return features


class ValidationFeatures(ValidationBatches):
    """`features` (n, 1, h, w, c) float16 of the faces `indices`, as they are."""

    def __init__(
        self,
        features: np.ndarray,
        ages: np.ndarray,
        genders: np.ndarray,
        indices: np.ndarray,
        batch_size: int,
    ) -> None:
        rows = np.arange(len(indices))
        super().__init__(features, ages[indices], genders[indices], rows, batch_size)

    def _images(self, rows: np.ndarray) -> np.ndarray:
        features: np.ndarray = self._pixels[rows, 0].astype("float32")
        return features
