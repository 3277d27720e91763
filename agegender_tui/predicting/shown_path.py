"""A path as a person would type it."""

from __future__ import annotations

import os
from pathlib import Path


def shown_path(path: Path) -> str:
    """Relative below the current folder, else with `~` for the home folder where it lies there."""
    for find, sign in ((Path.cwd, ""), (Path.home, "~")):
        try:
            start = find()
        except (OSError, RuntimeError):  # the one was deleted, or the user has none
            continue
        if path.is_relative_to(start):
            below = path.relative_to(start)
            return os.fspath(sign / below) if sign else os.fspath(below)
    return os.fspath(path)
