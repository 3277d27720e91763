"""A file that the user named for the outcome of a command: refused before the work, not after."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from trainer.errors import StorageError
from trainer.text import printable


def check_output(path: Path) -> None:
    """StorageError where no file can be made at `path`."""
    check_reachable(path)
    shown, folder = printable(str(path)), path.absolute().parent
    if not folder.is_dir():
        raise StorageError(f"{shown}: its folder does not exist; make it, or name another")
    if path.is_dir():
        raise StorageError(f"{shown}: is a folder; name a file in it")
    if not os.access(folder, os.W_OK):  # it is replaced by rename, so the folder is what counts
        raise StorageError(f"{shown}: no permission to write there; name another place")


def check_reachable(path: Path) -> None:
    """StorageError where not even whether there is something at `path` can be told."""
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.stat()
    except OSError as error:
        shown = printable(str(path))
        raise StorageError(f"{shown}: cannot be written ({error.strerror}); name another") from None
