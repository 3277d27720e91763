"""What a fetch tells of its progress, and what it checks before it writes."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from trainer.errors import ConfigError, StorageError
from trainer.text import megabytes, printable

PIECE = 1 << 18  # bytes at a time
_LENGTHS = {"md5": 32, "sha256": 64}


class Step(NamedTuple):
    """`done` of `of` (0: not known), in bytes or, while unpacking, in pictures."""

    what: str
    done: int = 0
    of: int = 0


# Called often; may raise to give up, which keeps what was fetched.
Progress = Callable[[Step], None]


@dataclass(frozen=True)
class Checksum:
    """`digest` in lower-case hexadecimal."""

    algorithm: str
    digest: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.digest}"

    def matches(self, path: Path, progress: Progress) -> bool:
        """Whether a file has it. Raises OSError."""
        digest = hashlib.new(self.algorithm, usedforsecurity=False)
        size, done = path.stat().st_size, 0
        with open(path, "rb") as file:
            while piece := file.read(PIECE * 4):
                digest.update(piece)
                done += len(piece)
                progress(Step("checking", done, size))
        return digest.hexdigest() == self.digest


def parse_checksum(text: str) -> Checksum | None:
    """`md5:…` or `sha256:…`; None for `none`. Raises ConfigError."""
    if text.lower() == "none":
        return None
    algorithm, _, digest = text.lower().partition(":")
    if not re.fullmatch(r"[0-9a-f]+", digest) or _LENGTHS.get(algorithm) != len(digest):
        raise ConfigError(
            f"checksum is '{printable(text)}': give md5: or sha256: with its hexadecimal digits, "
            "or none"
        )
    return Checksum(algorithm, digest)


def check_space(folder: Path, needed: int) -> None:
    """Raise StorageError unless the disk of `folder`, which need not exist, has `needed` bytes."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        raise StorageError(
            f"{printable(str(folder))}: its disk cannot be looked at ({error.strerror}); choose "
            "another folder"
        ) from None
    if needed > free:
        raise StorageError(
            f"{printable(str(folder))}: needs {megabytes(needed)}, but its disk has "
            f"{megabytes(free)} free; free some space, or choose another folder"
        )
