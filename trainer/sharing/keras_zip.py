"""The parts of a `.keras` file; a module of its own, so that reading its words needs no numpy."""

from __future__ import annotations

import zipfile

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MOST_BYTES = 64 << 20  # of a description from elsewhere, before it is parsed


def read_description(archive: zipfile.ZipFile, name: str) -> bytes:
    """The part of that name, `CONFIG` or `METADATA`; ValueError where it is too large to be one."""
    with archive.open(name) as part:
        content = part.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"its {name} is too large to be one")
    return content
