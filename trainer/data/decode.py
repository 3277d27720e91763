"""One picture file to one face: 128×128 RGB bytes, or why not."""

from __future__ import annotations

import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from trainer.config import IMAGE_SIZE

MAX_PIXELS = 50_000_000
# By content, whatever the name ends in. Not all that Pillow knows: for some it runs a program.
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "GIF")


class UnreadableFace(Exception):
    """Why a file gives no face, in a few words."""


def read_face(path: Path) -> tuple[np.ndarray, bool]:
    """Decode to (128, 128, 3) uint8 RGB; the second value says whether it was resized.

    128×128 pictures are used as they are. Others are cropped to the middle square and resized, by
    area when shrinking. Size is checked before decoding. Grey, palette, CMYK and transparent
    pictures become RGB, and EXIF orientation is applied. Raises UnreadableFace.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    raise UnreadableFace(
                        f"{width}×{height} is more than {MAX_PIXELS // 1_000_000} megapixels"
                    )
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                pixels = np.asarray(_rgb(upright))
    except UnreadableFace:
        raise
    except FileNotFoundError:
        raise UnreadableFace("the file is gone") from None
    except PermissionError:
        raise UnreadableFace("no permission to read it") from None
    except Image.DecompressionBombError:
        raise UnreadableFace("far too many pixels") from None
    except UnidentifiedImageError:
        raise UnreadableFace("not a picture, or damaged at its beginning") from None
    except OSError as error:
        truncated = "truncated" in str(error)
        raise UnreadableFace("cut short" if truncated else f"damaged ({error})") from None
    except Exception as error:  # decoders raise anything on hostile files
        raise UnreadableFace(f"damaged ({type(error).__name__})") from None
    if pixels.shape == (IMAGE_SIZE, IMAGE_SIZE, 3):
        return pixels, False
    return _fit(pixels), True


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _fit(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[top : top + side, left : left + side]
    how = cv2.INTER_AREA if side > IMAGE_SIZE else cv2.INTER_LINEAR
    return cv2.resize(square, (IMAGE_SIZE, IMAGE_SIZE), interpolation=how)
