"""Files that are only ever appended to, by whole lines."""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path


def cut_torn_line(path: Path) -> bytes:
    """Cut off a last line that has no end; what the file then holds, b"" without one."""
    if not path.exists():
        return b""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole != len(content):
        os.truncate(path, whole)
    return content[:whole]


def append_line(file: FileIO, line: bytes, *, durable: bool) -> None:
    """Write `line`, which ends in a newline, to a file opened with `ab` and no buffer, and if it is
    to be `durable`, to the disk.

    A disk that fills up takes part of a line, silently; the rest then raises. The part is cut off,
    so that a later line does not end up behind it.
    """
    before = os.fstat(file.fileno()).st_size
    try:
        while line:
            line = line[file.write(line) or 0 :]
        if durable:
            os.fsync(file.fileno())
    except OSError:
        os.ftruncate(file.fileno(), before)
        raise
