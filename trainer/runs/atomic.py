"""Files that are either the old one or the new one, whatever happens in between."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainer.errors import StorageError
from trainer.text import printable

_FAILING = (errno.EIO, errno.ESTALE, errno.EFBIG, errno.ENAMETOOLONG, errno.ELOOP, errno.EMFILE)


ANOTHER_ROOT = "choose another runs folder with --runs"
ANOTHER_PLACE = "name another place"
ANOTHER_CACHE = "set AGEGENDER_CACHE to another folder"
ANOTHER_CONFIG = "set XDG_CONFIG_HOME to another folder"


def write_atomic(
    path: Path, content: str | bytes, *, durable: bool = True, elsewhere: str = ANOTHER_ROOT
) -> None:
    """Replace `path` by `content`: temporary file, fsync (if durable), rename. `elsewhere` as in
    `storage_errors`."""
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with storage_errors(path, elsewhere):
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def fsync_folder(folder: Path) -> None:
    """Make renames inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def storage_errors(path: Path, elsewhere: str = ANOTHER_ROOT) -> Iterator[None]:
    """Turn a full disk or a refused write into a StorageError with the remedy; `elsewhere` says
    how to write to another place."""
    try:
        yield
    except OSError as error:
        where = printable(str(path))
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            # A run goes on once there is space; whatever else was written is done again.
            then = "then resume" if elsewhere == ANOTHER_ROOT else f"or {elsewhere}"
            raise StorageError(f"{where}: the disk is full; free some space, {then}") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                f"{where}: no permission to write; make it writable, or {elsewhere}"
            ) from error
        if error.errno in (errno.EEXIST, errno.ENOTDIR):
            raise StorageError(
                f"{where}: a file is where a folder should be; {elsewhere}"
            ) from error
        if error.errno == errno.ENOENT:
            raise StorageError(
                f"{where}: its folder is gone, moved or deleted; put it back, or {elsewhere}"
            ) from error
        if error.errno in _FAILING:
            raise StorageError(
                f"{where}: cannot be written ({error.strerror}); check its disk, or {elsewhere}"
            ) from error
        raise
