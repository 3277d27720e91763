"""One picture file to one face: 128×128 RGB bytes, or why not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from trainer.config import IMAGE_SIZE
from trainer.data.picture_file import FORMATS, MAX_PIXELS, UnreadableFace, open_picture

__all__ = ["FORMATS", "MAX_PIXELS", "UnreadableFace", "read_face"]


def read_face(path: Path) -> tuple[np.ndarray, bool]:
    """Decode to (128, 128, 3) uint8 RGB; the second value says whether it was resized.

    128×128 pictures are used as they are. Others are cropped to the middle square and resized, by
    area when shrinking. Size is checked before decoding. Raises UnreadableFace.
    """
    pixels = np.asarray(open_picture(path))
    if pixels.shape == (IMAGE_SIZE, IMAGE_SIZE, 3):
        return pixels, False
    return _fit(pixels), True


def _fit(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[top : top + side, left : left + side]
    how = cv2.INTER_AREA if side > IMAGE_SIZE else cv2.INTER_LINEAR
    return cv2.resize(square, (IMAGE_SIZE, IMAGE_SIZE), interpolation=how)
