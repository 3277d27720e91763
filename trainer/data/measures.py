"""What can be measured on each decoded face: light, contrast, sharpness, and a small likeness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

SMALL = 32
HOG_SIDE = 64
_COLOUR = 12
_AT_ONCE = 256


@dataclass(frozen=True)
class Measures:
    """One row a face of the pixel cache.

    `brightness` and `contrast` are mean and standard deviation of the luma, 0 to 255; `sharpness`
    the variance of its Laplacian; `hashes` and `mirrored` (n,) uint64 perceptual hashes of the face
    and of its mirror image; `small` (n, 32, 32) float16 the luma with mean 0 and norm 1;
    `features` (n, k) float16 edges and colours, for a quick linear guess at the labels.
    """

    brightness: np.ndarray
    contrast: np.ndarray
    sharpness: np.ndarray
    hashes: np.ndarray
    mirrored: np.ndarray
    small: np.ndarray
    features: np.ndarray


def measure(pixels: np.ndarray, progress: Callable[[int, int], None]) -> Measures:
    """Measure `pixels` (n, 128, 128, 3) uint8 RGB; `progress(done, of)` may raise to give up."""
    count = len(pixels)
    hog = cv2.HOGDescriptor((HOG_SIDE, HOG_SIDE), (32, 32), (16, 16), (16, 16), 9)
    width = int(hog.getDescriptorSize()) + 3 * _COLOUR * _COLOUR
    brightness, contrast, sharpness = (np.zeros(count, "float32") for _ in range(3))
    small = np.zeros((count, SMALL, SMALL), "float16")
    features = np.zeros((count, width), "float16")
    hashes, mirrored = np.zeros(count, "uint64"), np.zeros(count, "uint64")
    odd = np.where(np.arange(8) % 2, -1.0, 1.0)[None, :]
    for first in range(0, count, _AT_ONCE):
        last = min(first + _AT_ONCE, count)
        for row, face in enumerate(np.asarray(pixels[first:last]), first):
            grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
            mean, deviation = cv2.meanStdDev(grey)
            brightness[row], contrast[row] = mean[0, 0], deviation[0, 0]
            sharpness[row] = cv2.Laplacian(grey, cv2.CV_32F).var()
            shrunk = cv2.resize(grey, (SMALL, SMALL), interpolation=cv2.INTER_AREA)
            level = shrunk.astype("float32") - shrunk.mean()
            small[row] = level / max(float(np.linalg.norm(level)), 1e-6)
            waves = cv2.dct(level)[:8, :8]
            hashes[row] = _bits(waves)
            mirrored[row] = _bits(waves * odd)
            edges = hog.compute(
                cv2.resize(grey, (HOG_SIDE, HOG_SIDE), interpolation=cv2.INTER_AREA)
            )
            tiny = cv2.resize(face, (_COLOUR, _COLOUR), interpolation=cv2.INTER_AREA)
            features[row, : len(edges)] = edges
            features[row, len(edges) :] = tiny.ravel() / 255.0
        progress(last, count)
    return Measures(brightness, contrast, sharpness, hashes, mirrored, small, features)


def _bits(waves: np.ndarray) -> np.uint64:
    """One bit a low frequency: whether it lies above their median."""
    flat = waves.ravel()[1:]
    above = np.concatenate(([False], flat > np.median(flat)))
    return np.uint64(int.from_bytes(np.packbits(above).tobytes(), "big"))
