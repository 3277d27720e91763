"""A picture as sixels: bands of six rows, each colour of a band painted by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_BAND = 6
COLOURS = 128
_EMPTY = re.compile(rb"\?{4,}")  # the sixel without a pixel


def sixels(picture: Image) -> str:
    """The escape code that paints an RGB picture where the cursor is, one pixel a pixel."""
    import numpy as np
    from PIL.Image import Quantize

    # Sixty times as fast as the median cut.
    few = picture.quantize(COLOURS, method=Quantize.FASTOCTREE)
    width, height = few.size
    levels = np.full((-(-height // _BAND) * _BAND, width), 255, "uint8")
    levels[:height] = np.asarray(few)
    palette = few.getpalette() or []
    colours = "".join(
        f"#{n};2;{';'.join(str(round(value * 100 / 255)) for value in palette[3 * n : 3 * n + 3])}"
        for n in np.unique(levels[:height]).tolist()
    )
    weights = np.array([1, 2, 4, 8, 16, 32], "uint8")[None, :, None]
    bands = []
    for top in range(0, len(levels), _BAND):
        band = levels[top : top + _BAND]
        used = np.unique(band[: height - top])
        bits = ((band[None] == used[:, None, None]) * weights).sum(1, dtype="uint8") + 63
        painted = (
            b"#%d%b" % (colour, _EMPTY.sub(_run, row.tobytes().rstrip(b"?")))
            for colour, row in zip(used.tolist(), bits, strict=True)
        )
        bands.append(b"$".join(painted))  # `$` goes back to the left for the next colour
    # P2=1: what no sixel paints stays as it is.
    return f'\x1bP0;1;q"1;1;{width};{height}{colours}{b"-".join(bands).decode("ascii")}\x1b\\'


def _run(found: re.Match[bytes]) -> bytes:
    return b"!%d?" % len(found[0])
