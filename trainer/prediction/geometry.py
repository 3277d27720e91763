"""Where the parts of a face lie in UTKFace's aligned crops, and how a face is brought there."""

from __future__ import annotations

import math

import cv2
import numpy as np

from trainer.config import IMAGE_SIZE

# Left eye, right eye, nose, left and right corner of the mouth, as seen in the picture, in a crop
# of 128×128: means over 596 of UTKFace's aligned crops, as the `mtcnn` package sees them. The eyes
# scatter by 2 to 3 pixels, nose and mouth by 4 to 5.
LANDMARKS = np.array(
    [[38.2, 36.6], [87.8, 36.5], [62.0, 66.0], [40.5, 88.4], [85.4, 88.3]], dtype="float64"
)
# These bring the same crops back to themselves with the least error: corners within 1.9 pixels
# (median) against 3.3 by the eyes alone.
WEIGHTS = np.array([2.0, 2.0, 1.0, 1.0, 1.0])
# The box that OpenCV's frontal-face cascades draw: centre and side in the same crops, medians.
BOX_CENTRE, BOX_SIDE = (63.5, 52.0), 132.0


def align(landmarks: np.ndarray) -> np.ndarray:
    """The matrix (2, 3) that brings five landmarks (5, 2) of a picture to `LANDMARKS`."""
    return similarity(landmarks, LANDMARKS, WEIGHTS)


def align_box(box: tuple[float, float, float, float]) -> np.ndarray:
    """The same for a cascade's box (x, y, width, height): no turn is known of it."""
    x, y, width, height = box
    scale = 2 * BOX_SIDE / (width + height)
    centre = np.array([x + width / 2, y + height / 2])
    shift = np.array(BOX_CENTRE) - scale * centre
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


def similarity(source: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The turn, scale and shift (2, 3) that brings points (n, 2) nearest to others, by weighted
    least squares and without mirroring (Umeyama 1991, IEEE TPAMI 13(4))."""
    share = (weights / weights.sum())[:, None]
    mean_source, mean_target = (share * source).sum(0), (share * target).sum(0)
    s, t = source - mean_source, target - mean_target
    # For points in the plane the turn and scale are one complex number, a + bi.
    power = float((share * s**2).sum())
    a = float((share * s * t).sum()) / power
    b = float((share[:, 0] * (s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0])).sum()) / power
    turn = np.array([[a, -b], [b, a]])
    return np.hstack([turn, (mean_target - turn @ mean_source)[:, None]])


def scale_of(matrix: np.ndarray) -> float:
    """How many pixels of the target one of the source becomes."""
    return math.hypot(matrix[0, 0], matrix[1, 0])


def roll_of(matrix: np.ndarray) -> float:
    """By how many degrees it turns, -180 to 180; positive is clockwise on the screen."""
    return math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))


def outline(matrix: np.ndarray) -> np.ndarray:
    """(4, 2): the corners of the crop in the picture: top left, top right, bottom right, bottom
    left of the upright face."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], "float64") * IMAGE_SIZE
    inverse = cv2.invertAffineTransform(matrix)
    result: np.ndarray = corners @ inverse[:, :2].T + inverse[:, 2]
    return result


def cut(pixels: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The aligned crop (128, 128, 3) uint8 of a picture (height, width, 3).

    Where it shrinks, the part that is needed is first averaged by area, for a warp looks at four
    pixels only. What lies outside the picture repeats its edge.
    """
    matrix = matrix.astype("float64")
    if scale_of(matrix) < 1:
        pixels, matrix = _shrunk(pixels, matrix)
    # OpenCV's warp counts from the middle of the first pixel, not from its edge.
    shift = matrix[:, :2] @ np.array([0.5, 0.5]) + matrix[:, 2] - 0.5
    result: np.ndarray = cv2.warpAffine(
        pixels,
        np.hstack([matrix[:, :2], shift[:, None]]),
        (IMAGE_SIZE, IMAGE_SIZE),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return result


def _shrunk(pixels: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of the picture under the crop, at about the crop's scale, and the matrix from it."""
    scale = scale_of(matrix)
    height, width = pixels.shape[:2]
    corners, margin = outline(matrix), 2 / scale
    left, top = np.floor(corners.min(0) - margin).clip(0, (width - 1, height - 1)).astype(int)
    right, bottom = np.ceil(corners.max(0) + margin).astype(int)
    right, bottom = min(max(right, left + 1), width), min(max(bottom, top + 1), height)
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    part = cv2.resize(pixels[top:bottom, left:right], size, interpolation=cv2.INTER_AREA)
    back = np.array([[(right - left) / size[0], 0, left], [0, (bottom - top) / size[1], top]])
    return part, np.hstack([matrix[:, :2] @ back[:, :2], (matrix @ [*back[:, 2], 1])[:, None]])
