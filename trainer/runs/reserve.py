"""Space kept for the last words of a worker: given back on a full disk, it can still say how it
ended."""

from __future__ import annotations

import contextlib
from pathlib import Path

from trainer.runs.atomic import storage_errors


def reserve(folder: Path, size: int) -> Path:
    """A file of `size` bytes, made if it is not there. StorageError where there is no room."""
    kept = folder / ".reserve"
    with storage_errors(kept):
        if not kept.exists() or kept.stat().st_size < size:
            try:
                kept.write_bytes(b"\0" * size)
            except OSError:
                kept.unlink(missing_ok=True)
                raise
    return kept


def give_back(kept: Path) -> None:
    """Let others have the space, where the folder may still be written."""
    with contextlib.suppress(OSError):
        kept.unlink(missing_ok=True)
