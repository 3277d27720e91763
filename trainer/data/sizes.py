"""Width and height of picture files, read from their first bytes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from trainer.data.index import Index
from trainer.data.picture_file import FORMATS

_AT_ONCE = 512


def picture_sizes(
    index: Index, rows: Sequence[int], progress: Callable[[int, int], None], workers: int = 2
) -> dict[int, tuple[int, int]]:
    """(width, height) in pixels by row; rows whose header cannot be read are left out."""

    def size(row: int) -> tuple[int, int] | None:
        try:
            with Image.open(index.folder / index.files[row], formats=FORMATS) as picture:
                return picture.size
        except Exception:  # decoders raise anything on hostile files
            return None

    found: dict[int, tuple[int, int]] = {}
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.simplefilter("ignore")
        for first in range(0, len(rows), _AT_ONCE):
            part = rows[first : first + _AT_ONCE]
            for row, dimensions in zip(part, pool.map(size, part), strict=True):
                if dimensions is not None:
                    found[row] = dimensions
            progress(min(first + _AT_ONCE, len(rows)), len(rows))
    return found
