"""A data set ready to train on: from the folder to pixels, labels and the two parts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trainer.config import RunConfig
from trainer.data.cache import open_cache
from trainer.data.importers import UTKFACE
from trainer.data.index import Index, build_index, check_labels, check_trainable
from trainer.data.split import Split, split
from trainer.errors import DataError
from trainer.text import printable


@dataclass(frozen=True)
class Faces:
    """`pixels` (n, 128, 128, 3) uint8 memory-mapped; `ages` (n,) float32 years; `genders` (n,)
    float32 0 or 1; `train` and `validation` rows (int64); `unreadable` has (file, why);
    `identity` is a digest of names, pixels, corrected labels and parts. Faces that the curation
    excludes are in no part."""

    index: Index
    pixels: np.ndarray
    ages: np.ndarray
    genders: np.ndarray
    files: list[str]
    train: np.ndarray
    validation: np.ndarray
    split: Split
    unreadable: list[tuple[str, str]]
    resized: int
    identity: str


def load_faces(config: RunConfig, phase: Callable[[str, int, int, str], None]) -> Faces:
    """Index, decode (once) and split the data set of `config`.

    `phase(name, done, of, detail)` is told what happens and may raise to give up. Raises DataError
    where the faces cannot be trained on.
    """
    if not config.data:
        raise DataError("no data set: give the folder of the faces with --data, or use --demo")
    phase("indexing", 0, 0, printable(config.data))
    index = build_index(config.data)
    check_trainable(index, config.batch_size, config.validation_share)

    def progress(done: int, of: int) -> None:
        phase("decoding", done, of, "")

    cache = open_cache(index, progress, workers=min(8, os.cpu_count() or 1))
    readable = [row for row, digest in enumerate(cache.hashes) if digest]
    if not readable:
        row, why = cache.unreadable[0]
        raise DataError(
            f"{printable(str(index.folder))}: none of its {len(cache.hashes)} pictures can be read "
            f"({printable(index.files[row])}: {why}); replace them"
        )
    # Left out as an unreadable file is: without a digest, a row belongs to no part.
    hashes = ["" if row in index.excluded else digest for row, digest in enumerate(cache.hashes)]
    kept = [row for row in readable if hashes[row]]
    genders = [index.genders[row] for row in kept]
    shown = printable(str(index.folder))
    check_labels(shown, genders, config.batch_size, config.validation_share)
    parts = split(
        index.files,
        index.ages,
        index.genders,
        hashes,
        config.validation_fraction,
        config.split_seed,
        (config.fold, config.folds),
        _copies(cache.pixels, kept, phase) if config.keep_copies_together else (),
    )
    if not parts.validation:
        raise DataError(
            f"{shown}: its {len(kept)} faces are copies of too few, so none can be kept to "
            "validate on; add other faces, or raise validation_fraction"
        )
    left = len(parts.train)
    if left < config.batch_size:
        remedy = f"lower batch_size to {left} or add faces" if left else "add other faces"
        raise DataError(
            f"{shown}: as copies stay in one part, {left} of its {len(kept)} faces are left to "
            f"train on, fewer than batch_size {config.batch_size}; {remedy}"
        )
    return Faces(
        index=index,
        pixels=cache.pixels,
        ages=np.array(index.ages, "float32"),
        genders=np.array(index.genders, "float32"),
        files=index.files,
        train=np.array(parts.train, "int64"),
        validation=np.array(parts.validation, "int64"),
        split=parts,
        unreadable=[(index.files[row], why) for row, why in cache.unreadable],
        resized=cache.resized,
        identity=_identity(index, hashes, parts),
    )


def _copies(
    pixels: np.ndarray, kept: list[int], phase: Callable[[str, int, int, str], None]
) -> list[list[int]]:
    """Groups of rows that are nearly the same picture, or its mirror image."""
    from trainer.data.measures import measure
    from trainer.data.near_duplicates import near_duplicates

    def progress(done: int, of: int) -> None:
        phase("comparing", done, of, "")

    return near_duplicates(measure(pixels, progress), kept)


def _identity(index: Index, hashes: list[str], parts: Split) -> str:
    digest = hashlib.sha256()
    for name, pixels in zip(index.files, hashes, strict=True):
        digest.update(os.fsencode(name) + b"\0" + pixels.encode() + b"\n")
    for name, label in index.corrected.items():
        digest.update(os.fsencode(name) + repr(tuple(label)).encode())
    if index.source is not None and index.source.layout != UTKFACE:
        # There the names do not tell the labels, which a changed table may change.
        digest.update(repr((index.ages, index.genders)).encode())
    digest.update(repr(parts.validation).encode())
    return digest.hexdigest()[:24]
