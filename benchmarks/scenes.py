"""Real faces pasted into drawn scenes, so that where each face lies is known to the pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from trainer.config import IMAGE_SIZE

SIDES = (72, 96, 128, 192, 256)  # of the pasted crop, in pixels
TURNS = (-30, -20, -10, 0, 0, 10, 20, 30)  # degrees
WIDTH, HEIGHT = 1024, 768
FACES_A_SCENE = 2


@dataclass(frozen=True)
class Pasted:
    """`row` of the face; `matrix` (2, 3) brings the scene to the crop it was, to the pixel."""

    row: int
    side: int
    turn: float
    centre: tuple[float, float]
    matrix: np.ndarray


def make_scenes(crops: np.ndarray, seed: int = 1) -> list[tuple[np.ndarray, list[Pasted]]]:
    """Each of `crops` (n, 128, 128, 3) uint8 once, two to a scene of 1024×768 uint8 RGB."""
    random = np.random.default_rng(seed)
    scenes = []
    for first in range(0, len(crops), FACES_A_SCENE):
        scene = _background(random)
        pasted = []
        for place, row in enumerate(range(first, min(first + FACES_A_SCENE, len(crops)))):
            # Each in its own half, so that no face covers another.
            side, turn = int(random.choice(SIDES)), float(random.choice(TURNS))
            reach = side * (abs(math.cos(math.radians(turn))) + abs(math.sin(math.radians(turn))))
            half = WIDTH / FACES_A_SCENE
            x = random.uniform(reach / 2, half - reach / 2) + place * half
            y = random.uniform(reach / 2, HEIGHT - reach / 2)
            pasted.append(_paste(scene, crops[row], row, side, turn, (x, y)))
        scenes.append((scene, pasted))
    return scenes


def _paste(
    scene: np.ndarray,
    crop: np.ndarray,
    row: int,
    side: int,
    turn: float,
    centre: tuple[float, float],
) -> Pasted:
    """Put the crop into the scene, its outermost pixels faded into it."""
    shrunk = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA) if side < 128 else crop
    scale = side / len(shrunk)
    angle = math.radians(turn)
    a, b = scale * math.cos(angle), scale * math.sin(angle)
    to_scene = np.array([[a, -b, 0.0], [b, a, 0.0]])
    middle = len(shrunk) / 2 - 0.5
    to_scene[:, 2] = np.array(centre) - 0.5 - to_scene[:, :2] @ [middle, middle]
    fade = np.zeros(shrunk.shape[:2], "float32")
    rim = max(2, len(shrunk) // 24)
    fade[rim:-rim, rim:-rim] = 1
    fade = cv2.blur(fade, (2 * rim - 1, 2 * rim - 1))
    size = (scene.shape[1], scene.shape[0])
    share = cv2.warpAffine(fade, to_scene, size)[..., None]
    face = cv2.warpAffine(shrunk, to_scene, size, borderMode=cv2.BORDER_REPLICATE)
    scene[:] = (share * face + (1 - share) * scene).round()
    a, b = IMAGE_SIZE / side * math.cos(angle), -IMAGE_SIZE / side * math.sin(angle)
    matrix = np.array([[a, -b, 0.0], [b, a, 0.0]])
    matrix[:, 2] = IMAGE_SIZE / 2 - matrix[:, :2] @ np.array(centre)
    return Pasted(row, side, turn, centre, matrix)


def _background(random: np.random.Generator) -> np.ndarray:
    """Shapes, ramps and texture: something for a detector to be wrong about."""
    coarse = random.integers(0, 256, (6, 8, 3)).astype("uint8")
    scene = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(40):
        colour = tuple(int(value) for value in random.integers(0, 256, 3))
        x, y = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))
        size = int(random.integers(8, 120))
        if random.random() < 0.5:
            cv2.ellipse(scene, (x, y), (size, size // 2 + 4), float(random.uniform(0, 180)), 0, 360,
                        colour, int(random.choice((-1, 3))))  # fmt: skip
        else:
            cv2.rectangle(scene, (x, y), (x + size, y + size // 2), colour, -1)
    texture = random.normal(0, 9, (HEIGHT, WIDTH, 1))
    return (scene + texture).clip(0, 255).astype("uint8")
