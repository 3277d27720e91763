"""The augmentations, fused: what Keras's preprocessing layers do, at a tenth of their cost.

Flip, rotation and zoom are one affine map, resampled once; contrast is a table look-up; hue is a
turn in HSV. Each is defined as the Keras layer of its name defines it (`RandomFlip`,
`RandomRotation`, `RandomZoom`, `RandomContrast`, `RandomHue`; fill mode reflect, bilinear), and
the tests hold them to it. Last comes random erasing (Zhong et al. 2020, arXiv:1708.04896): noise
over a rectangle, of smaller ones than the paper's, as the face fills the image. They run outside
the compiled step: inside, three of the layers would switch XLA off for the whole model, and a
saved model would carry them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from trainer.config import RunConfig

ERASED_AREA = (0.02, 0.2)  # of the image
ERASED_ASPECT = (0.3, 1 / 0.3)  # height over width
_STREAM = 0x617567  # keeps these draws apart from the others made of the same seed


@dataclass(frozen=True)
class Draws:
    """What chance said for a batch, each of shape (n,): mirrored or not, radians, zoom factor
    (above 1 shows more), contrast factor, turn of the hue as a part of the circle. `erased` (n, 4)
    is the area, aspect, and place (y and x, 0 to 1) of a rectangle, of area 0 for none, and
    `noise` (n,) the seed of what covers it; both None where nothing is erased."""

    flip: np.ndarray
    angle: np.ndarray
    zoom: np.ndarray
    contrast: np.ndarray
    hue: np.ndarray
    erased: np.ndarray | None = None
    noise: np.ndarray | None = None


@dataclass(frozen=True)
class Augmentation:
    """Largest changes: `rotation` in degrees, the others as fractions; `hue` of the circle. Of all
    images the part `erasing` is erased."""

    flip: bool
    rotation: float
    zoom: float
    contrast: float
    hue: float
    erasing: float = 0.0

    @classmethod
    def from_config(cls, config: RunConfig) -> Augmentation | None:
        """None where the run is to see its images as they are."""
        if not config.augment:
            return None
        return cls(
            config.flip, config.rotation, config.zoom, config.contrast, config.hue, config.erasing
        )

    def draw(self, count: int, seed: int, epoch: int, step: int) -> Draws:
        """The random part: a pure function of (settings, count, seed, epoch, step)."""
        random = np.random.default_rng([_STREAM, seed, epoch, step])
        unit = random.uniform(-1.0, 1.0, (5, count))
        erased = noise = None
        if self.erasing:
            area, aspect, y, x, chance = random.uniform(size=(5, count))
            low, high = ERASED_AREA
            area = np.where(chance < self.erasing, low + area * (high - low), 0.0)
            low, high = np.log(ERASED_ASPECT)
            erased = np.stack([area, np.exp(low + aspect * (high - low)), y, x], axis=1)
            noise = random.integers(0, 2**32, count)
        return Draws(
            erased=erased,
            noise=noise,
            flip=(unit[0] > 0) & self.flip,
            angle=unit[1] * np.deg2rad(self.rotation),
            zoom=1.0 + unit[2] * self.zoom,
            contrast=1.0 + unit[3] * self.contrast,
            hue=unit[4] * self.hue,
        )

    def apply(self, images: np.ndarray, seed: int, epoch: int, step: int) -> np.ndarray:
        """Vary (n, h, w, 3) uint8 RGB; returns (n, h, w, 3) float32 in [0, 1]."""
        return transform(images, self.draw(len(images), seed, epoch, step))


def transform(images: np.ndarray, draws: Draws) -> np.ndarray:
    """Carry out `draws` on (n, h, w, 3) uint8; returns float32 in [0, 1]."""
    count, height, width, _ = images.shape
    out = np.empty(images.shape, np.float32)
    maps = affine_maps(draws, height, width)
    still = np.all(maps == np.eye(2, 3), axis=(1, 2))
    levels = np.arange(256, dtype=np.float32) / np.float32(255)
    warped = np.empty((height, width, 3), np.uint8)
    hsv = np.empty((height, width, 3), np.float32)
    for n in range(count):
        face = images[n]
        if not still[n]:
            face = cv2.warpAffine(
                face,
                maps[n],
                (width, height),
                dst=warped,
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REFLECT,
            )
        factor = np.float32(draws.contrast[n])
        mean = np.array(cv2.mean(face)[:3], np.float32) / np.float32(255)
        table = np.clip(levels[:, None] * factor + mean * (1 - factor), 0, 1)
        cv2.LUT(face, table[None], dst=out[n])
        if draws.hue[n]:
            _turn_hue(out[n], float(draws.hue[n]), hsv)
        if draws.erased is not None and draws.noise is not None and draws.erased[n, 0]:
            _erase(out[n], draws.erased[n], int(draws.noise[n]))
    return out


def affine_maps(draws: Draws, height: int, width: int) -> np.ndarray:
    """(n, 2, 3) float64: for each output pixel (x, y), where in the input it comes from."""
    cos, sin = np.cos(draws.angle) * draws.zoom, np.sin(draws.angle) * draws.zoom
    mirror = np.where(draws.flip, -1.0, 1.0)
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    maps = np.empty((len(cos), 2, 3))
    maps[:, 0, 0], maps[:, 0, 1] = mirror * cos, -mirror * sin
    maps[:, 1, 0], maps[:, 1, 1] = sin, cos
    maps[:, 0, 2] = middle_x - maps[:, 0, 0] * middle_x - maps[:, 0, 1] * middle_y
    maps[:, 1, 2] = middle_y - maps[:, 1, 0] * middle_x - maps[:, 1, 1] * middle_y
    return maps


def _turn_hue(image: np.ndarray, turn: float, hsv: np.ndarray) -> None:
    """Turn the hue of (h, w, 3) float32 RGB in place, by way of the buffer `hsv`."""
    cv2.cvtColor(image, cv2.COLOR_RGB2HSV, dst=hsv)
    # A positive turn below one: the way back takes hues up to 720 degrees, but none below 0.
    cv2.add(hsv, np.array([turn % 1.0 * 360, 0, 0, 0]), dst=hsv)
    cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB, dst=image)


def _erase(image: np.ndarray, rectangle: np.ndarray, seed: int) -> None:
    """Cover a rectangle of (h, w, 3) float32 with noise, in place."""
    height, width, _ = image.shape
    area, aspect, y, x = rectangle
    tall = min(round(height * np.sqrt(area * aspect)), height)
    wide = min(round(width * np.sqrt(area / aspect)), width)
    top, left = round(y * (height - tall)), round(x * (width - wide))
    noise = np.random.default_rng(seed).random((tall, wide, 3), np.float32)
    image[top : top + tall, left : left + wide] = noise
