"""Decoded pixels on disk, memory-mapped: a data set is decoded once, whatever is run on it.

<cache root>/<index key>/
  pixels.npy    (n, 128, 128, 3) uint8, one row a file of the index
  faces.json    version, hash of each row's pixels, unreadable rows and why, which of these
                another reading may give, how many resized
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from trainer.config import IMAGE_SIZE
from trainer.data.cache_root import KEY, cache_root
from trainer.data.decode import UnreachedFace, UnreadableFace, read_face
from trainer.data.index import Index
from trainer.errors import StorageError
from trainer.runs.atomic import ANOTHER_CACHE, storage_errors, write_atomic
from trainer.text import printable

KEPT = 4  # data sets; the longest unused goes first
VERSION = 3  # of how faces are decoded and kept: another one decodes them anew
ABANDONED_SECONDS = 24 * 3600.0  # no data set takes longer to decode
_AT_ONCE = 64
_MAKING = re.compile(rf"\.{KEY.pattern}\.[0-9a-f]{{8}}")
_NO_FACE = bytes(IMAGE_SIZE * IMAGE_SIZE * 3)


@dataclass(frozen=True)
class PixelCache:
    """`pixels` (n, 128, 128, 3) uint8 read-only; `hashes` one a row ('' where unreadable);
    `unreadable` has (row, why), and `unreached` those of its rows whose file may be good; `resized`
    counts rows that were not 128×128."""

    pixels: np.ndarray
    hashes: list[str]
    unreadable: list[tuple[int, str]]
    resized: int
    unreached: tuple[int, ...] = ()

    @property
    def usable(self) -> np.ndarray:
        """(n,) bool: whether the row holds a face."""
        return np.array([bool(digest) for digest in self.hashes])


def open_cache(
    index: Index,
    progress: Callable[[int, int], None],
    root: Path | None = None,
    workers: int = 2,
) -> PixelCache:
    """The pixels of `index`, decoded now unless they were before, or a file that could not be
    reached then can be now.

    `progress(done, of)` is called about a hundred times and may raise to give up. Unreadable
    files cost their row only. A full disk raises StorageError and leaves no half-made cache.
    """
    root = root or cache_root()
    folder = root / index.key
    ready = _open(folder, len(index.files))
    if ready is not None and not any(_reads(index, row) for row in ready.unreached):
        with contextlib.suppress(OSError):
            os.utime(folder)
        return ready
    with storage_errors(root, ANOTHER_CACHE):
        root.mkdir(parents=True, exist_ok=True)
        making = root / f".{index.key}.{secrets.token_hex(4)}"
        making.mkdir()
        try:
            _decode(index, making, progress, workers)
            if ready is not None:
                shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):  # another worker may have been first: as good
                making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
        _prune(root, folder)
    made = _open(folder, len(index.files))
    if made is None:
        raise StorageError(f"{printable(str(folder))}: cannot be read back; {ANOTHER_CACHE}")
    return made


def _open(folder: Path, count: int) -> PixelCache | None:
    try:
        facts = json.loads((folder / "faces.json").read_bytes())
        pixels = np.load(folder / "pixels.npy", mmap_mode="r")
        unreadable = [(int(row), str(why)) for row, why in facts["unreadable"]]
        unreached = tuple(int(row) for row in facts["unreached"])
        cache = PixelCache(pixels, facts["hashes"], unreadable, int(facts["resized"]), unreached)
        shape = (count, IMAGE_SIZE, IMAGE_SIZE, 3)
        whole = pixels.shape == shape and pixels.dtype == np.uint8 and len(cache.hashes) == count
        if whole and facts["v"] == VERSION:
            return cache
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    return None


def _reads(index: Index, row: int) -> bool:
    try:
        read_face(index.folder / index.files[row])
    except UnreadableFace:
        return False
    return True


def _decode(index: Index, folder: Path, progress: Callable[[int, int], None], workers: int) -> None:
    count = len(index.files)
    hashes = [""] * count
    unreadable: list[tuple[int, str]] = []
    unreached: list[int] = []
    resized = 0

    def read(row: int) -> tuple[np.ndarray, bool] | UnreadableFace:
        try:
            return read_face(index.folder / index.files[row])
        except UnreadableFace as why:
            return why

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        # Written as a file, not through a mapping, where a full disk would be a bus error.
        with ThreadPoolExecutor(workers) as pool, open(folder / "pixels.npy", "wb") as file:
            np.lib.format.write_array_header_1_0(file, _header(count))
            for first in range(0, count, _AT_ONCE):
                rows = range(first, min(first + _AT_ONCE, count))
                for row, face in zip(rows, pool.map(read, rows), strict=True):
                    if isinstance(face, UnreadableFace):
                        unreadable.append((row, str(face)))
                        if isinstance(face, UnreachedFace):
                            unreached.append(row)
                        file.write(_NO_FACE)
                        continue
                    content = face[0].tobytes()
                    file.write(content)
                    hashes[row] = hashlib.blake2b(content, digest_size=16).hexdigest()
                    resized += face[1]
                progress(rows.stop, count)
            file.flush()
            os.fsync(file.fileno())
    finally:
        cv2.setNumThreads(threads)
    facts = {
        "v": VERSION,
        "hashes": hashes,
        "unreadable": unreadable,
        "unreached": unreached,
        "resized": resized,
    }
    write_atomic(folder / "faces.json", json.dumps(facts), elsewhere=ANOTHER_CACHE)


def _header(count: int) -> dict[str, Any]:
    shape = (count, IMAGE_SIZE, IMAGE_SIZE, 3)
    return {"descr": "|u1", "fortran_order": False, "shape": shape}


def _prune(root: Path, current: Path) -> None:
    """Delete the data sets longest unused, and what killed workers left half made.

    Only what was made here: where the root is a folder of the user's, all else in it is theirs.
    """
    ready, half_made = [], []
    abandoned = time.time() - ABANDONED_SECONDS
    for path in root.iterdir():
        with contextlib.suppress(OSError):  # another worker may delete it meanwhile
            used = path.stat().st_mtime
            if _MAKING.fullmatch(path.name) and used < abandoned:
                half_made.append(path)
            elif KEY.fullmatch(path.name) and path != current and _is_cache(path):
                ready.append((used, path))
    for path in [path for _, path in sorted(ready, reverse=True)[KEPT - 1 :]] + half_made:
        shutil.rmtree(path, ignore_errors=True)


def _is_cache(path: Path) -> bool:
    """One of which a deletion that was cut off left a part will do."""
    return any((path / name).is_file() for name in ("pixels.npy", "faces.json"))
