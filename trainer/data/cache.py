"""Decoded pixels on disk, memory-mapped: a data set is decoded once, whatever is run on it.

<cache root>/<index key>/
  pixels.npy    (n, 128, 128, 3) uint8, one row a file of the index
  faces.json    hash of each row's pixels, which rows are unreadable and why, how many resized
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import platformdirs

from trainer.config import IMAGE_SIZE
from trainer.data.decode import UnreadableFace, read_face
from trainer.data.index import Index
from trainer.errors import StorageError
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.text import printable

KEPT = 4  # data sets; the longest unused goes first
_AT_ONCE = 64


@dataclass(frozen=True)
class PixelCache:
    """`pixels` (n, 128, 128, 3) uint8 read-only; `hashes` one a row ('' where unreadable);
    `unreadable` has (row, why); `resized` counts rows that were not 128×128."""

    pixels: np.ndarray
    hashes: list[str]
    unreadable: list[tuple[int, str]]
    resized: int

    @property
    def usable(self) -> np.ndarray:
        """(n,) bool: whether the row holds a face."""
        return np.array([bool(digest) for digest in self.hashes])


def cache_root() -> Path:
    """`AGEGENDER_CACHE`, else the user's cache folder."""
    chosen = os.environ.get("AGEGENDER_CACHE")
    return Path(chosen or platformdirs.user_cache_dir("agegender-tui")).expanduser() / "faces"


def open_cache(
    index: Index,
    progress: Callable[[int, int], None],
    root: Path | None = None,
    workers: int = 2,
) -> PixelCache:
    """The pixels of `index`, decoded now unless they were before.

    `progress(done, of)` is called about a hundred times and may raise to give up. Unreadable
    files cost their row only. A full disk raises StorageError and leaves no half-made cache.
    """
    root = root or cache_root()
    folder = root / index.key
    ready = _open(folder, len(index.files))
    if ready is not None:
        with contextlib.suppress(OSError):
            os.utime(folder)
        return ready
    making = root / f".{index.key}.{os.getpid()}"
    with storage_errors(root):
        try:
            making.mkdir(parents=True, exist_ok=True)
            _decode(index, making, progress, workers)
            with contextlib.suppress(OSError):  # another worker may have been first: as good
                making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
        _prune(root, folder)
    made = _open(folder, len(index.files))
    if made is None:
        raise StorageError(f"{printable(str(folder))}: cannot be read back; free some space")
    return made


def _open(folder: Path, count: int) -> PixelCache | None:
    try:
        facts = json.loads((folder / "faces.json").read_bytes())
        pixels = np.load(folder / "pixels.npy", mmap_mode="r")
        unreadable = [(int(row), str(why)) for row, why in facts["unreadable"]]
        cache = PixelCache(pixels, facts["hashes"], unreadable, facts["resized"])
    except (OSError, ValueError, KeyError, TypeError):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return cache if len(cache.hashes) == len(pixels) == count else None


def _decode(index: Index, folder: Path, progress: Callable[[int, int], None], workers: int) -> None:
    count = len(index.files)
    pixels = np.lib.format.open_memmap(
        folder / "pixels.npy", "w+", np.uint8, (count, IMAGE_SIZE, IMAGE_SIZE, 3)
    )
    # Writing into a mapping of a full disk is a bus error; reserving first is an OSError.
    if hasattr(os, "posix_fallocate"):
        with open(folder / "pixels.npy", "r+b") as file:
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
    hashes = [""] * count
    unreadable: list[tuple[int, str]] = []
    resized = 0

    def read(row: int) -> tuple[np.ndarray, bool] | str:
        try:
            return read_face(index.folder / index.files[row])
        except UnreadableFace as why:
            return str(why)

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with ThreadPoolExecutor(workers) as pool:
            for first in range(0, count, _AT_ONCE):
                rows = range(first, min(first + _AT_ONCE, count))
                for row, face in zip(rows, pool.map(read, rows), strict=True):
                    if isinstance(face, str):
                        unreadable.append((row, face))
                        continue
                    pixels[row] = face[0]
                    hashes[row] = hashlib.blake2b(face[0].tobytes(), digest_size=16).hexdigest()
                    resized += face[1]
                progress(rows.stop, count)
    finally:
        cv2.setNumThreads(threads)
    pixels.flush()
    facts = {"hashes": hashes, "unreadable": unreadable, "resized": resized}
    write_atomic(folder / "faces.json", json.dumps(facts))


def _prune(root: Path, current: Path) -> None:
    kept = sorted(
        (path for path in root.iterdir() if not path.name.startswith(".") and path != current),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in kept[KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
