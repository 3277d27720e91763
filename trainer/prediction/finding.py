"""From a picture to the crops a network takes: found and aligned, or taken as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer.config import IMAGE_SIZE
from trainer.data.decode import UnreadableFace, middle_square, read_picture
from trainer.prediction import geometry
from trainer.prediction.detectors import Box, Detector, Face

AUTO, CROPS, FIND = "auto", "crops", "find"
MODES = (AUTO, CROPS, FIND)
# The sides in which UTKFace's aligned crops are handed out: 200, and 128 as networks take them.
CROP_SIDES = (128, 200)
LARGEST_CROP = 400
SMALLEST_SIDE = 20  # pixels, of a picture; in fewer there is nothing to tell an age by
# Mean distance of the corners, in pixels of the crop. Of UTKFace's own crops, 95 % stay below 6.4.
_SAME_PLACE = 10.0


@dataclass(frozen=True)
class CroppedFace:
    """`pixels` (128, 128, 3) uint8 RGB; `corners` (4, 2) of the crop in the picture, clockwise from
    the face's top left; `as_it_is` where the whole picture was taken for a crop."""

    pixels: np.ndarray
    box: Box
    corners: np.ndarray
    score: float
    as_it_is: bool


@dataclass(frozen=True)
class FacesOfFile:
    """`size` is (width, height) of the upright picture; `faces` from left to right."""

    size: tuple[int, int]
    faces: list[CroppedFace]


def read_faces(path: Path, detector: Callable[[], Detector], mode: str = AUTO) -> FacesOfFile:
    """Read a picture and crop its faces; `detector()` is called only where one is needed.

    In the mode `auto` a square of 128 or 200 pixels is taken for an aligned crop as it is. So is
    another square in which the detector finds one face just where crops have it, and a square of
    at most 400 pixels in which it finds none. In `crops` every picture is, in `find` none. Raises
    trainer.data.decode.UnreadableFace, of a picture with a side of fewer than 20 pixels too.
    """
    pixels = read_picture(path)
    height, width = pixels.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise UnreadableFace(
            f"{width}×{height} pixels are too few for a face: {SMALLEST_SIDE} each way are needed"
        )
    square = height == width
    if mode == CROPS or (mode == AUTO and square and width in CROP_SIDES):
        return FacesOfFile((width, height), [_whole(pixels)])
    found = detector().find(pixels)
    if mode == AUTO and square and _is_crop(found, width):
        return FacesOfFile((width, height), [_whole(pixels)])
    faces = [
        CroppedFace(
            geometry.cut(pixels, face.matrix),
            face.box,
            geometry.outline(face.matrix),
            face.score,
            as_it_is=False,
        )
        for face in sorted(found, key=lambda face: face.box[0])
    ]
    return FacesOfFile((width, height), faces)


def _is_crop(found: list[Face], side: int) -> bool:
    if not found:
        return side <= LARGEST_CROP
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], "float64")
    away = np.linalg.norm(geometry.outline(found[0].matrix) - corners, axis=1).mean()
    return len(found) == 1 and float(away) * IMAGE_SIZE / side <= _SAME_PLACE


def _whole(pixels: np.ndarray) -> CroppedFace:
    height, width = pixels.shape[:2]
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]]) + np.array([left, top])
    same = pixels.shape == (IMAGE_SIZE, IMAGE_SIZE, 3)
    return CroppedFace(
        pixels if same else middle_square(pixels), (left, top, side, side), corners, 0.0, True
    )
