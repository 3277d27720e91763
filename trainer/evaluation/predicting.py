"""What a model says of the faces to score, batch by batch, kept as it comes: a worker that was
stopped or killed goes on where it was."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from trainer.runs.atomic import storage_errors

BATCH = 64
_COLUMNS = 4  # age and gender as said, and those of the mirrored face, or the same again
_ROW_BYTES = 8 * _COLUMNS


class Says(Protocol):
    """A loaded model."""

    def raw(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...


def say(
    model: Says,
    pixels: np.ndarray,
    hashes: Sequence[str],
    rows: list[int],
    flip: bool,
    kept: Path,
    phase: Callable[[str, int, int], None],
    batch: int = BATCH,
) -> np.ndarray:
    """(n, 2, 2) float64 of the n `rows` of `pixels` (…, 128, 128, 3) uint8: age and probability of
    gender 1 of the face, then, with `flip`, of its mirror image, else the same again.

    `hashes` has a digest of each of `pixels`. `kept` is the file of what the same model said so
    far, in whole batches; what it said of other faces, or of these in another way, is dropped.
    `phase` may raise to give up. A batch that does not fit into memory is halved.
    """
    from trainer.training.memory import is_out_of_memory

    asked = _asked([hashes[row] for row in rows], flip, batch)
    done = _kept_rows(kept, asked, len(rows))
    with storage_errors(kept), open(kept, "ab") as file:
        file.truncate(len(asked) + done * _ROW_BYTES if done else 0)
        if not done:
            file.write(asked)
        while done < len(rows):
            phase("predicting", done, len(rows))
            crops = pixels[rows[done : done + batch]]
            try:
                said = _ask(model, crops, flip)
            except Exception as error:
                if not is_out_of_memory(error) or batch == 1:
                    raise
                batch //= 2
                continue
            file.write(said.tobytes())
            file.flush()
            done += len(said)
        os.fsync(file.fileno())
    phase("predicting", done, len(rows))
    return np.fromfile(kept, "float64", offset=len(asked)).reshape(len(rows), 2, 2)


def _asked(hashes: Sequence[str], flip: bool, batch: int) -> bytes:
    """What the file of what was said begins with: a digest of what was asked, 32 bytes."""
    return hashlib.sha256(repr((flip, batch, *hashes)).encode()).digest()


def _kept_rows(kept: Path, asked: bytes, count: int) -> int:
    """Whole batches only: so every face is told in the batch it would have been told in."""
    try:
        with open(kept, "rb") as file:
            if file.read(len(asked)) != asked:
                return 0
        rows = min((kept.stat().st_size - len(asked)) // _ROW_BYTES, count)
    except FileNotFoundError:
        return 0
    return rows if rows == count else rows // BATCH * BATCH


def _ask(model: Says, crops: np.ndarray, flip: bool) -> np.ndarray:
    plain = np.column_stack(model.raw(crops)).astype("float64")
    mirrored = plain
    if flip:
        turned = np.ascontiguousarray(crops[:, :, ::-1])
        mirrored = np.column_stack(model.raw(turned)).astype("float64")
    return np.stack((plain, mirrored), axis=1)
