"""Picture files of a folder, by name, as the tree shows them and the keys step through them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from agegender_tui.predicting.many_files import is_picture
from trainer.errors import DataError
from trainer.text import printable


@dataclass(frozen=True)
class Listing:
    """A folder's subfolders and pictures, in the order of their names; hidden ones left out."""

    folder: Path
    folders: tuple[Path, ...] = ()
    pictures: tuple[Path, ...] = ()


def list_folder(folder: Path) -> Listing:
    """Read a folder's names. DataError, with what to do, where it cannot be read."""
    folders, pictures = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if is_picture(entry.name):
                    pictures.append(entry.name)
                elif entry.is_dir():
                    folders.append(entry.name)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        shown = printable(str(folder))
        raise DataError(f"{shown}: cannot be read ({why}); choose another folder") from None
    return Listing(
        folder,
        tuple(folder / name for name in sorted(folders, key=by_name)),
        tuple(folder / name for name in sorted(pictures, key=by_name)),
    )


def by_name(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts `img2` before `img10`."""
    parts = re.split(r"(\d+)", name.casefold())
    return [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
        for part in parts
        if part
    ]
