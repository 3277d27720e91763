"""One finished portrait: 128×128 RGB pixels and their JPEG."""

from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from trainer.data.sample_faces import features, hair, skin
from trainer.data.sample_faces.anatomy import Person, person
from trainer.data.sample_faces.canvas import SIDE, Canvas, Photo, photo
from trainer.data.sample_faces.population import Subject, random_source, subject

JPEG_QUALITY = 85


def face(seed: int, index: int) -> tuple[Subject, npt.NDArray[np.uint8]]:
    """Face number `index`: its label, and its pixels as (128, 128, 3) uint8 RGB."""
    who = subject(seed, index)
    anatomy = person(who, random_source(seed, index, 1))
    circumstances = photo(random_source(seed, index, 2))
    return who, portrait(anatomy, circumstances, random_source(seed, index, 3))


def portrait(
    anatomy: Person, circumstances: Photo, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Draw a person as photographed, (128, 128, 3) uint8 RGB; `rng` places texture and grain."""
    canvas = Canvas(anatomy, circumstances, rng)
    _backdrop(canvas, circumstances)
    hair.draw_back_hair(anatomy, canvas, circumstances)
    skin.draw_neck(anatomy, canvas, circumstances)
    skin.draw_ears(anatomy, canvas, circumstances)
    skin.draw_face(anatomy, canvas, circumstances)
    features.draw_nostrils(anatomy, canvas)
    skin.draw_beard(anatomy, canvas)
    features.draw_mouth(anatomy, canvas)
    features.draw_eyes(anatomy, canvas, circumstances)
    features.draw_brows(anatomy, canvas)
    features.draw_earrings(anatomy, canvas)
    hair.draw_front_hair(anatomy, canvas, circumstances)
    features.draw_glasses(anatomy, canvas, circumstances)
    return _develop(canvas, circumstances)


def jpeg(pixels: npt.NDArray[np.uint8]) -> bytes:
    """`pixels` as a JPEG file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return buffer.getvalue()


def _backdrop(canvas: Canvas, circumstances: Photo) -> None:
    near, far = (np.asarray(colour, np.float32) for colour in circumstances.backdrop)
    share = np.clip(0.5 + 0.35 * canvas.v + 0.22 * canvas.texture(110), 0, 1)[..., None]
    canvas.rgb[:] = near + (far - near) * share


def _develop(canvas: Canvas, circumstances: Photo) -> npt.NDArray[np.uint8]:
    """Average down to size, then colour cast, blur and grain as of a small camera."""
    image = cv2.resize(np.clip(canvas.rgb, 0, 1.2), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    if circumstances.blur > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), circumstances.blur)
    warm = circumstances.warmth
    image = image * circumstances.exposure * np.array([1 + warm, 1, 1 - warm], np.float32)
    luma = canvas.rng.standard_normal((SIDE, SIDE, 1))
    image = image + circumstances.grain * luma
    return np.asarray(np.clip(image * 255 + 0.5, 0, 255), np.uint8)
