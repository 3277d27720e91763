"""Models that are there without a run: those that come with the program, and those joined here."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from trainer.user_path import absolute_path

INSTALLED = Path(__file__).parent / "models"
CHECKOUT = Path(__file__).parents[2] / "data" / "models"


def joined_folder() -> Path:
    """`AGEGENDER_MODELS`, else a folder among the user's data: where joined models go."""
    chosen = os.environ.get("AGEGENDER_MODELS")
    if not chosen:
        return Path(platformdirs.user_data_dir("agegender-tui"), "models")
    return absolute_path(chosen)


def bundled_folder() -> Path:
    """The installed package's models, else the source checkout's."""
    return INSTALLED if INSTALLED.is_dir() else CHECKOUT


def ready_models() -> Iterator[Path]:
    """The `.keras` files that come with the program, then those joined here; none where a folder
    cannot be read."""
    for folder in (bundled_folder(), joined_folder()):
        with contextlib.suppress(OSError):
            names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
            files = [folder / name for name in names if name.endswith(".keras")]
            yield from [file for file in files if file.is_file()]


def bundled_part() -> Path | None:
    """The trained part of a model B that comes with the program, if one does."""
    from trainer.sharing.trained_part import SUFFIX

    return next(iter(sorted(bundled_folder().glob(f"[!.]*{SUFFIX}"))), None)
