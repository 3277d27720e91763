"""Batches for training and validation: gathered, augmented and made float ahead of the device.

What a batch holds is a pure function of (seed, epoch, step), so a run can go on in the middle of
an epoch, and the number of threads changes nothing but the speed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from trainer.augment import Augmentation

if TYPE_CHECKING:
    from trainer.training.targets import Targets

# Images or features, labels by output, and weights by output where faces do not count the same.
Batch = tuple[Any, ...]
AHEAD_BYTES = 1 << 30
_STREAM = 0x6F7264


class TrainingBatches:
    """Whole batches in an order of their own for each epoch; the remainder of an epoch (fewer
    images than a batch, others each time) is left out, so that every step has one shape. Without
    `targets` the labels are the ages and genders as they are."""

    def __init__(
        self,
        pixels: np.ndarray,
        ages: np.ndarray,
        genders: np.ndarray,
        indices: np.ndarray,
        batch_size: int,
        seed: int,
        augmentation: Augmentation | None,
        workers: int,
        ahead: int = 4,
        targets: Targets | None = None,
    ) -> None:
        self._pixels, self._ages, self._genders = pixels, ages, genders
        self._indices = indices
        self._batch_size = batch_size
        self._seed = seed
        self._augmentation = augmentation
        self._workers = workers
        self._targets = targets
        # Float batches wait in memory: of large ones fewer do.
        size = batch_size * pixels[0].size * np.dtype("float32").itemsize
        self._ahead = max(1, min(max(ahead, workers), AHEAD_BYTES // size))
        self.steps_per_epoch = len(indices) // batch_size
        # One thread a batch scales better than many threads inside each small OpenCV call.
        cv2.setNumThreads(1)

    def order(self, epoch: int) -> np.ndarray:
        """Rows in the order in which `epoch` (from 1) shows them."""
        return np.random.default_rng([_STREAM, self._seed, epoch]).permutation(self._indices)

    def epoch(self, epoch: int, first_step: int = 0) -> Generator[Batch]:
        """The batches of `epoch` from `first_step` (from 0) on; close it to free its threads."""
        order = self.order(epoch)
        ready: deque[Future[Batch]] = deque()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="batch") as pool:
            try:
                for step in range(first_step, self.steps_per_epoch):
                    ready.append(pool.submit(self._make, order, epoch, step))
                    if len(ready) > self._ahead:
                        yield ready.popleft().result()
                while ready:
                    yield ready.popleft().result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _make(self, order: np.ndarray, epoch: int, step: int) -> Batch:
        rows = order[step * self._batch_size : (step + 1) * self._batch_size]
        inputs = self._images(rows, epoch, step)
        if self._targets is None:
            return inputs, _labels(self._ages, self._genders, rows)
        ages, genders = self._ages[rows], self._genders[rows]
        return self._targets.batch(inputs, ages, genders, self._seed, epoch, step)

    def _images(self, rows: np.ndarray, epoch: int, step: int) -> np.ndarray:
        images = self._pixels[rows]
        if self._augmentation is None:
            return to_float(images)
        return self._augmentation.apply(images, self._seed, epoch, step)


class ValidationBatches:
    """All rows in order, as they are; the last batch may be smaller. Can be iterated again."""

    def __init__(
        self,
        pixels: np.ndarray,
        ages: np.ndarray,
        genders: np.ndarray,
        indices: np.ndarray,
        batch_size: int,
    ) -> None:
        self._pixels, self._ages, self._genders = pixels, ages, genders
        self._indices = indices
        self._batch_size = batch_size

    def labels(self) -> tuple[np.ndarray, np.ndarray]:
        """Ages and genders of all rows, each (n,), in the order of the batches."""
        return self._ages[self._indices], self._genders[self._indices]

    def __iter__(self) -> Iterator[Batch]:
        for first in range(0, len(self._indices), self._batch_size):
            rows = self._indices[first : first + self._batch_size]
            yield self._images(rows), _labels(self._ages, self._genders, rows)

    def _images(self, rows: np.ndarray) -> np.ndarray:
        return to_float(self._pixels[rows])


def mirrored(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The same batches, each image turned left to right."""
    for images, labels in batches:
        yield np.ascontiguousarray(images[:, :, ::-1]), labels


def to_float(images: np.ndarray) -> np.ndarray:
    """uint8 0 to 255 as float32 0 to 1."""
    scaled: np.ndarray = np.multiply(images, np.float32(1 / 255), dtype=np.float32)
    return scaled


def _labels(ages: np.ndarray, genders: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {"age": ages[rows, None], "gender": genders[rows, None]}
