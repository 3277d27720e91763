"""One picture file to pixels: a whole photograph, or one face of 128×128; or why not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from trainer.config import IMAGE_SIZE
from trainer.data.picture_file import (
    FORMATS,
    MAX_PIXELS,
    UnreachedFace,
    UnreadableFace,
    open_picture,
)

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "UnreachedFace",
    "UnreadableFace",
    "middle_square",
    "read_face",
    "read_picture",
]


def read_face(path: Path) -> tuple[np.ndarray, bool]:
    """Decode to (128, 128, 3) uint8 RGB; the second value says whether it was resized.

    128×128 pictures are used as they are. Others are cropped to the middle square and resized, by
    area when shrinking. Raises UnreadableFace.
    """
    pixels = read_picture(path)
    if pixels.shape == (IMAGE_SIZE, IMAGE_SIZE, 3):
        return pixels, False
    return middle_square(pixels), True


def read_picture(path: Path) -> np.ndarray:
    """Decode to (height, width, 3) uint8 RGB, as `open_picture` does. Raises UnreadableFace."""
    return np.asarray(open_picture(path))


def middle_square(pixels: np.ndarray) -> np.ndarray:
    """The middle square of (height, width, 3) uint8 at 128×128, by area when shrinking."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[top : top + side, left : left + side]
    how = cv2.INTER_AREA if side > IMAGE_SIZE else cv2.INTER_LINEAR
    return cv2.resize(square, (IMAGE_SIZE, IMAGE_SIZE), interpolation=how)
