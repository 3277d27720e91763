"""One picture file, opened with care: bounded, upright, RGB. Needs Pillow alone, so that the
dashboard shows faces without loading OpenCV."""

from __future__ import annotations

import stat
import warnings
from functools import cache
from pathlib import Path

from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 50_000_000
# By content, whatever the name ends in. Not all that Pillow knows: for some it runs a program.
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "GIF", "TIFF")
_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC", b"hevc": "HEIC",
           b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF", b"avis": "AVIF"}  # fmt: skip

_ORIENTATION = 0x0112  # the EXIF tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UnreadableFace(Exception):
    """Why a file gives no face, in a few words."""


class UnreachedFace(UnreadableFace):
    """The same, where it is the reading that failed: the file may give one another time."""


def open_picture(path: Path, at_least: int = 0) -> Image.Image:
    """The whole picture in RGB, turned as EXIF says.

    Size is checked before decoding. Grey, palette, CMYK, 16-bit and transparent pictures become
    RGB, transparency on white; of an animation the first frame is read. HEIC is read where
    pillow-heif is installed. `at_least`: the sides in pixels that are enough; a large JPEG is then
    decoded at the next smaller scale that has them, in a fraction of the time; 0 decodes all of
    it. Raises UnreadableFace, UnreachedFace where the file itself may be good.
    """
    try:
        _check_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_formats()) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    raise UnreadableFace(
                        f"{width}×{height} is more than {MAX_PIXELS // 1_000_000} megapixels"
                    )
                if at_least:
                    picture.draft(None, (at_least, at_least))
                picture.load()
                return _rgb(_upright(picture))
    except UnreadableFace:
        raise
    except FileNotFoundError:
        raise UnreachedFace("there is no such file") from None
    except PermissionError:
        raise UnreachedFace("no permission to read it") from None
    except MemoryError:
        raise UnreachedFace("not enough memory to read it") from None
    except Image.DecompressionBombError:
        raise UnreadableFace("far too many pixels") from None
    except UnidentifiedImageError:
        raise UnreadableFace(_unidentified(path)) from None
    except OSError as error:
        if error.errno is not None:  # Pillow gives none to its own
            raise UnreachedFace(f"cannot be read ({error.strerror})") from None
        truncated = "truncated" in str(error).lower()
        raise UnreadableFace("cut short" if truncated else f"damaged ({error})") from None
    except Exception as error:  # decoders raise anything on hostile files
        raise UnreadableFace(f"damaged ({type(error).__name__})") from None


def _check_file(path: Path) -> None:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise UnreadableFace("a folder, not a picture")
    if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for its other end
        raise UnreadableFace("not a regular file")
    if found.st_size == 0:
        raise UnreadableFace("the file is empty")


@cache
def _formats() -> tuple[str, ...]:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return FORMATS
    register_heif_opener()
    return (*FORMATS, "HEIF")


def _unidentified(path: Path) -> str:
    with open(path, "rb") as file:
        head = file.read(12)
    kind = _BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None
    if kind == "HEIC" and "HEIF" not in _formats():
        return "HEIC: install pillow-heif with `pip install 'agegender-tui[heic]'`, or make a JPEG"
    if kind == "AVIF":
        return "AVIF: make a JPEG or PNG of it"
    return "not a picture, or damaged at its beginning"


def _upright(picture: Image.Image) -> Image.Image:
    """Not by `ImageOps.exif_transpose`, which writes the EXIF anew and fails on odd values that
    have nothing to do with the picture."""
    try:
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception:  # hostile or damaged EXIF: the pixels are sound
        turn = None
    return picture.copy() if turn is None else picture.transpose(turn)


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode == "F":
        raise UnreadableFace("its pixels are floating-point numbers; make an 8-bit picture of it")
    if picture.mode.startswith("I"):
        import numpy as np

        # Pillow would cut 16 bits off at 255, which leaves white.
        picture = Image.fromarray((np.asarray(picture).clip(0, 65535) >> 8).astype("uint8"))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")
