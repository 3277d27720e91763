"""A path as a person writes it."""

from __future__ import annotations

import os
from pathlib import Path

from trainer.errors import StorageError


def user_path(typed: str | os.PathLike[str]) -> Path:
    """With `~` and `~name` expanded, as a shell does it: the name of no user stays as it is, where
    `Path.expanduser` would raise."""
    return Path(os.path.expanduser(typed))  # noqa: PTH111


def absolute_path(typed: str | os.PathLike[str]) -> Path:
    """The same from the root on, as who works in another folder needs it. Raises StorageError."""
    path = user_path(typed)
    return path if path.is_absolute() else current_folder() / path


def current_folder(remedy: str = "change to another, or give whole paths") -> Path:
    """Raises StorageError, with what is to be done instead, where it is gone."""
    try:
        return Path.cwd()
    except OSError:
        raise StorageError(f"the current folder is gone, moved or deleted: {remedy}") from None
