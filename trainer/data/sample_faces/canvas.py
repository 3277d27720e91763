"""The drawing plane: face coordinates for every pixel, soft shapes, and random texture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from trainer.data.sample_faces.anatomy import Colour, Person

Plane = npt.NDArray[np.float32]
Field = npt.NDArray[np.floating[Any]]  # what arithmetic on planes gives

SIDE = 128  # pixels of the finished face
SCALE = 3  # drawn this many times larger, then averaged down
REACH = 1.22  # face units from the middle of the picture to its edge
PIXEL = 2 * REACH / (SIDE * SCALE)


@dataclass(frozen=True)
class Photo:
    """How the picture was taken. Angles in radians, shifts in face units."""

    yaw: float
    pitch: float
    roll: float
    shift_x: float
    shift_y: float
    zoom: float
    light: tuple[float, float]  # where it comes from: right and down are positive
    ambient: float
    exposure: float
    warmth: float
    backdrop: tuple[Colour, Colour]
    clothes: Colour
    gaze: float
    blur: float  # standard deviation, finished pixels
    grain: float  # standard deviation, of 1


def photo(rng: np.random.Generator) -> Photo:
    """Draw the circumstances of one picture; none depends on who is in it."""

    def noise(scale: float) -> float:
        return float(np.clip(rng.normal(), -2.2, 2.2)) * scale

    def colour(low: float, high: float, chroma: float) -> Colour:
        grey = rng.uniform(low, high)
        red, green, blue = np.clip(grey + rng.normal(0, chroma, 3), 0.03, 0.97)
        return float(red), float(green), float(blue)

    return Photo(
        yaw=noise(0.22),
        pitch=noise(0.06),
        roll=noise(0.055),
        shift_x=noise(0.03),
        shift_y=noise(0.03),
        zoom=1.0 + noise(0.035),
        light=(noise(0.42), -0.28 + noise(0.2)),
        ambient=float(rng.uniform(0.40, 0.66)),
        exposure=1.0 + noise(0.07),
        warmth=noise(0.025),
        backdrop=(colour(0.2, 0.9, 0.045), colour(0.15, 0.85, 0.045)),
        clothes=colour(0.12, 0.75, 0.09),
        gaze=noise(0.012),
        blur=abs(noise(0.30)),
        grain=float(rng.uniform(0.003, 0.015)),
    )


class Canvas:
    """Coordinates of every pixel of the enlarged picture, and the picture itself.

    `u`, `v` are level with the head's outline; `x`, `y` follow its surface, so that turning
    the head moves the nose further than the ears. All planes are (384, 384) float32; `rgb`
    is (384, 384, 3) in 0 to 1.
    """

    def __init__(self, person: Person, photo: Photo, rng: np.random.Generator) -> None:
        size = SIDE * SCALE
        line = (np.arange(size, dtype=np.float32) + 0.5) * PIXEL - REACH
        across, down = np.meshgrid(line, line)
        across = (across - photo.shift_x) / photo.zoom
        down = (down - photo.shift_y) / photo.zoom - 0.06
        cos, sin = np.cos(photo.roll), np.sin(photo.roll)
        self.u = (across * cos + down * sin).astype(np.float32)
        self.v = (down * cos - across * sin).astype(np.float32)
        self.rng = rng
        self.radius = head_radius(person, self.u, self.v)
        self.depth = np.sqrt(np.clip(1 - 0.96 * self.radius**2, 0.02, 1))
        self.x = self.u - np.float32(photo.yaw * 0.42) * self.depth
        self.y = self.v - np.float32(photo.pitch * 0.42) * self.depth
        self.rgb = np.zeros((size, size, 3), np.float32)

    def paint(self, colour: Colour | Field, mask: Field) -> None:
        """Lay `colour` over the picture where `mask` (0 to 1) says."""
        alpha = mask[..., None]
        self.rgb += (np.asarray(colour, np.float32) - self.rgb) * alpha

    def darken(self, mask: Field, tint: Colour = (0.42, 0.26, 0.22)) -> None:
        """Multiply the picture toward `tint` where `mask` says."""
        self.rgb *= 1 - mask[..., None] * (1 - np.asarray(tint, np.float32))

    def texture(self, cell: float, along: float = 1.0) -> Plane:
        """Smooth noise, about unit variance; `cell` is its grain and `along` stretches it down."""
        size = self.u.shape[0]
        rows = max(2, round(size / (cell * along)))
        columns = max(2, round(size / cell))
        lattice = self.rng.standard_normal((rows, columns)).astype(np.float32)
        return cv2.resize(lattice, (size, size), interpolation=cv2.INTER_CUBIC) * np.float32(1.2)


def head_radius(person: Person, u: Plane, v: Plane) -> Plane:
    """0 in the middle of the head, 1 on its outline.

    A skull above, a jaw below; jowls widen the lower cheeks with age, fat pads those of a child.
    """
    cheeks = 0.05 * person.cheeks * np.exp(-(((v - 0.38) / 0.24) ** 2))
    jowls = 0.07 * person.jowls * np.exp(-(((v - 0.66) / 0.20) ** 2))
    power = np.where(v < 0, np.float32(2.6), np.float32(person.jaw_power))
    height = np.where(v < 0, np.float32(person.crown), np.float32(person.chin))
    across = np.abs(u) / (person.width * (1 + cheeks + jowls)) + 1e-6
    result = (across**power + (np.abs(v) / height + 1e-6) ** power) ** (1 / power)
    return np.asarray(result, np.float32)


def step(distance: Field, width: float = 0.02) -> Plane:
    """0 below -width/2, 1 above +width/2, smooth between: a soft edge."""
    t = np.clip(distance / np.float32(width) + np.float32(0.5), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def blob(x: Field, y: Field, wide: float, tall: float) -> Plane:
    """A round hill of height 1 around the origin of `x`, `y`."""
    return np.asarray(np.exp(-((x / wide) ** 2) - (y / tall) ** 2), np.float32)


def stroke(distance: Field, width: float) -> Plane:
    """A soft line of height 1 where `distance` is 0."""
    return np.asarray(np.exp(-((distance / np.float32(width)) ** 2)), np.float32)
