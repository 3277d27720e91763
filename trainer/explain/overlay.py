"""A heat map over a face, as pixels and as a PNG."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from trainer.runs.atomic import ANOTHER_PLACE, write_atomic

STRENGTH = 0.6
_SCALE = 3  # a picture of 128×128 is small to look at


def overlay(crop: np.ndarray, heat: np.ndarray, strength: float = STRENGTH) -> np.ndarray:
    """(128, 128, 3) uint8 RGB: `heat` (128, 128), 0 to 1, over the face `crop`.

    The face is grey below it, so that colour means heat alone. The colours, inferno's, grow
    brighter with the heat and so tell it without hue. Where there is no heat the face shows.
    """
    grey = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    levels = (heat.clip(0, 1) * 255).astype("uint8")
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    share = (strength * np.sqrt(heat.clip(0, 1)))[..., None]
    mixed: np.ndarray = ((1 - share) * grey + share * colours).round().astype("uint8")
    return mixed


def write_overlay(path: Path, crop: np.ndarray, heat: np.ndarray) -> None:
    """Write the face and the overlay side by side as a PNG of 768×384."""
    both = np.hstack([crop, overlay(crop, heat)])
    size = (both.shape[1] * _SCALE, both.shape[0] * _SCALE)
    content = io.BytesIO()
    Image.fromarray(cv2.resize(both, size, interpolation=cv2.INTER_CUBIC)).save(content, "PNG")
    write_atomic(path, content.getvalue(), elsewhere=ANOTHER_PLACE)
