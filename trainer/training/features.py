"""What the frozen blocks say of each face, computed once for several augmented variants, on disk.

Where a device spends its time in blocks that never change (a CPU does), training on their kept
output is several times faster; the price is that each face has only so many variants.

    <cache root>/../features/<key>/
      train.npy, validation.npy    (n, variants, h, w, c) and (n, 1, h, w, c) float16
      done.json                    how many rows of each are complete
      .lock                        locked, together, by all runs that compute them
      .opening                     locked by the one that opens or makes the arrays

A computation that was cut off goes on where it was.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer.augment import Augmentation
from trainer.config import RunConfig
from trainer.data.cache_root import KEY, cache_root
from trainer.data.faces import Faces
from trainer.errors import StorageError
from trainer.runs.atomic import ANOTHER_CACHE, storage_errors, write_atomic
from trainer.text import printable
from trainer.training.batches import to_float
from trainer.training.precision import policy_for

KEPT = 2  # data sets; the longest unused goes first
FLUSH_BATCHES = 8  # of faces, between notes of how far a computation is
_VARIANT_EPOCH = 1 << 20  # draws of a variant never coincide with those of an epoch
# The settings that the features depend on, besides the faces and the weights.
_SETTINGS = (
    "frozen_blocks", "feature_variants", "augment", "flip", "rotation", "zoom", "contrast", "hue",
    "seed", "precision", "batch_size",
)  # fmt: skip


@dataclass(frozen=True)
class Features:
    """`train[i, v]` are the features of variant v of the i-th training face, `validation[i, 0]`
    those of the i-th validation face as it is."""

    train: np.ndarray
    validation: np.ndarray


def features_key(config: RunConfig, faces: str, weights: str) -> str:
    """Names the features of these faces, weights and settings."""
    settings = {name: getattr(config, name) for name in _SETTINGS}
    # Younger than the others: features that know nothing of it stay valid where it is off.
    settings |= {"erasing": config.erasing} if config.erasing else {}
    settings["precision"] = policy_for(config.precision)
    text = json.dumps([settings, faces, weights], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def open_features(
    run: Callable[[np.ndarray], np.ndarray],
    shape: tuple[int, ...],
    at_once: int,
    faces: Faces,
    config: RunConfig,
    weights: str,
    progress: Callable[[int, int], None],
) -> Features:
    """The features for `config`, computed now as far as they are not on disk yet.

    `run` is the frozen blocks, from images (n, 128, 128, 3) float32 in [0, 1] to (n, *shape), given
    `at_once` images each time; `weights` is the fingerprint of theirs. `progress(done, of)` counts
    passes of a face through them, and may raise to give up. Raises StorageError where the features
    would take more than `config.feature_gigabytes` or the disk has no room.
    """
    root = cache_root().parent / "features"
    folder = root / features_key(config, faces.identity, weights)
    shapes = {
        "train": (len(faces.train), config.feature_variants, *shape),
        "validation": (len(faces.validation), 1, *shape),
    }
    with contextlib.ExitStack() as held, storage_errors(folder, ANOTHER_CACHE):
        _check_room(shapes, config, folder)
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        fcntl.flock(held.enter_context(open(folder / ".lock", "w")), fcntl.LOCK_SH)
        _prune(root, folder)
        done, arrays = _open_arrays(folder, shapes)
        total = sum(rows * variants for rows, variants, *_ in shapes.values())
        passed = sum(done[name] * shapes[name][1] for name in shapes)
        for name, rows in (("validation", faces.validation), ("train", faces.train)):
            array, variants = arrays[name], shapes[name][1]
            size = max(1, config.batch_size)
            for first in range(done[name], len(rows), size):
                part = rows[first : first + size]
                for variant in range(variants):
                    images = _variant(faces, part, config, variant if name == "train" else 0)
                    array[first : first + len(part), variant] = _run(run, images, at_once)
                    passed += len(part)
                    progress(passed, total)
                done[name] = first + len(part)
                if first // size % FLUSH_BATCHES == FLUSH_BATCHES - 1 or done[name] == len(rows):
                    array.flush()  # type: ignore[attr-defined]
                    write_atomic(
                        folder / "done.json",
                        json.dumps(done),
                        durable=False,
                        elsewhere=ANOTHER_CACHE,
                    )
    return Features(arrays["train"], arrays["validation"])


def _variant(faces: Faces, rows: np.ndarray, config: RunConfig, variant: int) -> np.ndarray:
    """Variant 0 is the face as it is, 1 its mirror image, the others are drawn."""
    images = faces.pixels[rows]
    if variant == 0:
        return to_float(images)
    augmentation = Augmentation.from_config(config)
    if augmentation is None:
        return to_float(images)
    if variant == 1 and augmentation.flip:
        return to_float(images[:, :, ::-1])
    return augmentation.apply(images, config.seed, _VARIANT_EPOCH + variant, int(rows[0]))


def _run(run: Callable[[np.ndarray], np.ndarray], images: np.ndarray, at_once: int) -> np.ndarray:
    """Always whole batches: one shape, so that the step is compiled once."""
    missing = -len(images) % at_once
    padded = np.concatenate([images, np.zeros((missing, *images.shape[1:]), images.dtype)])
    pieces = [run(padded[n : n + at_once]) for n in range(0, len(padded), at_once)]
    out = np.concatenate(pieces)[: len(images)].astype("float32")
    limit = np.finfo("float16").max
    half: np.ndarray = np.clip(out, -limit, limit).astype("float16")
    return half


def _check_room(shapes: dict[str, tuple[int, ...]], config: RunConfig, folder: Path) -> None:
    needed = sum(2 * int(np.prod(shape)) for shape in shapes.values())
    if needed > config.feature_gigabytes * 1e9:
        raise StorageError(
            f"the features of {config.feature_variants} variants would take {needed / 1e9:.3g} GB, "
            f"more than feature_gigabytes {config.feature_gigabytes:g}: lower feature_variants or "
            "raise feature_gigabytes"
        )
    above = next(parent for parent in folder.parents if parent.exists())
    free = shutil.disk_usage(above).free
    held = sum(path.stat().st_blocks * 512 for path in folder.glob("*.npy"))
    if needed - held > free:
        raise StorageError(
            f"{printable(str(folder))}: the features need {needed / 1e9:.3g} GB and "
            f"{free / 1e9:.3g} GB are free; lower feature_variants or free some space"
        )


def _read_done(folder: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, int]:
    try:
        done = json.loads((folder / "done.json").read_bytes())
        return {name: min(int(done[name]), shapes[name][0]) for name in shapes}
    except (OSError, ValueError, KeyError, TypeError):
        return dict.fromkeys(shapes, 0)


def _open_arrays(
    folder: Path, shapes: dict[str, tuple[int, ...]]
) -> tuple[dict[str, int], dict[str, np.ndarray]]:
    """How many rows of each array are complete, and the arrays. One that is gone or damaged is made
    anew, with none: what `done.json` says is not of that one."""
    with open(folder / ".opening", "w") as mutex:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        done = _read_done(folder, shapes)
        arrays = {}
        for name, shape in shapes.items():
            path = folder / f"{name}.npy"
            array = _opened(path, shape)
            if array is None:
                (folder / "done.json").unlink(missing_ok=True)
                done[name], array = 0, _made(path, shape)
            arrays[name] = array
        return done, arrays


def _opened(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        kept = np.load(path, mmap_mode="r")  # "r+" fills one cut short with zeros
    except (FileNotFoundError, ValueError, EOFError):
        return None
    if kept.shape != shape or kept.dtype != np.float16:
        return None
    array: np.ndarray = np.load(path, mmap_mode="r+")
    return array


def _made(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    path.unlink(missing_ok=True)
    try:
        made: np.ndarray = np.lib.format.open_memmap(path, "w+", np.float16, shape)
        # Writing into a mapping of a full disk is a bus error; reserving first is an OSError.
        if hasattr(os, "posix_fallocate"):
            with open(path, "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
    except BaseException:
        path.unlink(missing_ok=True)  # whole, by its size, but without room on the disk
        raise
    return made


def _prune(root: Path, current: Path) -> None:
    """Delete the features longest unused, and nothing else that may lie there."""
    used = {}
    for path in root.iterdir():
        with contextlib.suppress(OSError):  # another run prunes too
            if KEY.fullmatch(path.name) and path != current and _holds_features(path):
                used[path] = path.stat().st_mtime
    for path in sorted(used, key=used.__getitem__, reverse=True)[KEPT - 1 :]:
        # What another run computes now is locked.
        with contextlib.suppress(OSError), open(path / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (path / "done.json").unlink(missing_ok=True)  # first: it speaks of the others
            shutil.rmtree(path, ignore_errors=True)


def _holds_features(path: Path) -> bool:
    return any((path / name).is_file() for name in ("train.npy", "validation.npy", "done.json"))
