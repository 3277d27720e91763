"""A path as a person writes it."""

from __future__ import annotations

import os
from pathlib import Path


def user_path(typed: str | os.PathLike[str]) -> Path:
    """With `~` and `~name` expanded, as a shell does it: the name of no user stays as it is, where
    `Path.expanduser` would raise."""
    return Path(os.path.expanduser(typed))  # noqa: PTH111
