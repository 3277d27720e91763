"""One picture file, opened with care: bounded, upright, RGB. Needs Pillow alone, so that the
dashboard shows faces without loading OpenCV."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 50_000_000
# By content, whatever the name ends in. Not all that Pillow knows: for some it runs a program.
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "GIF")


class UnreadableFace(Exception):
    """Why a file gives no face, in a few words."""


def open_picture(path: Path, at_least: int = 0) -> Image.Image:
    """The whole picture in RGB. Size is checked before decoding; grey, palette, CMYK and
    transparent pictures become RGB, and EXIF orientation is applied. Raises UnreadableFace.

    `at_least`: the sides in pixels that are enough; a large JPEG is then decoded at the next
    smaller scale that has them, which takes a fraction of the time. 0 decodes all of it.
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
                if at_least:
                    picture.draft(None, (at_least, at_least))
                picture.load()
                return _rgb(ImageOps.exif_transpose(picture))
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


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")
