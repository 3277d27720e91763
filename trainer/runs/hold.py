"""One worker at a time on one directory."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import BinaryIO

from trainer.errors import RunError
from trainer.runs.atomic import storage_errors
from trainer.text import printable


def hold(folder: Path) -> BinaryIO:
    """A lock on a directory that dies with this process; RunError if another worker has it."""
    with storage_errors(folder):
        file = open(folder / ".lock", "wb")  # noqa: SIM115 (held until the process ends)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        name = printable(folder.name)
        raise RunError(f"{name} is already worked on by another process") from None
    return file
