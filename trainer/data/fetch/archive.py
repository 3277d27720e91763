"""The pictures of a .zip, .tar or .tar.gz, unpacked where nothing of it can do harm.

Only plain files that are named like pictures are written, each under the last part of its name, so
that nothing can land outside the folder; what an archive holds besides is counted and named.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from trainer.data.fetch.steps import PIECE, Progress, Step
from trainer.data.labels import is_image
from trainer.errors import DataError
from trainer.runs.atomic import storage_errors
from trainer.text import printable

MOST_FILES = 1_000_000
MOST_BYTES = 8 << 30  # of all of it, unpacked
MOST_PICTURE = 20 << 20  # bytes of one: UTKFace's have some 5,000
MOST_AT_ONCE = 64 << 20  # a tar header that asks for more is no header
LONGEST_NAME = 200  # bytes

# What zipfile and tarfile raise on hostile or damaged files; ValueError is in some of them.
_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    struct.error,
    OverflowError,
)


@dataclass
class Contents:
    """`folder` within the archive has the most pictures, `count` of them with `size` bytes;
    `others` counts pictures in other folders, which are not unpacked; `unsafe` has (name, why) of
    what is left out for good."""

    folder: str
    count: int
    size: int
    others: int = 0
    unsafe: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Member:
    """One thing in an archive. `why_not` says why it is left out, '' for a plain file; `read` may
    be called while the iteration stands at it, and gives MOST_PICTURE bytes and one at most."""

    name: str
    size: int
    why_not: str
    read: Callable[[], bytes]


def look_into(path: Path, progress: Progress) -> Contents:
    """What is in the archive, and which folder of it has the faces: Kaggle's has them twice.

    Raises DataError for what is no archive, damaged, cut short, or larger than any set of faces.
    """
    folders: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    unsafe: list[tuple[str, str]] = []
    with _told(path):
        for number, member in enumerate(_members(path)):
            if number % 500 == 0:
                progress(Step("reading the archive", number))
            if member.why_not:
                unsafe.append((member.name, member.why_not))
            elif is_image(_last(member.name)):
                folders[_folder(member.name)] += 1
                sizes[_folder(member.name)] += member.size
    if not folders:
        raise DataError(f"{printable(str(path))}: holds no pictures; give the archive of UTKFace")
    most = max(folders.values())
    folder = min((f for f in folders if folders[f] == most), key=lambda name: (len(name), name))
    others = sum(folders.values()) - most
    return Contents(folder, most, sizes[folder], others, unsafe)


def unpack(path: Path, contents: Contents, target: Path, progress: Progress) -> int:
    """Write the pictures of `contents.folder` into `target`, which exists; returns how many.

    Raises DataError as `look_into` does, StorageError.
    """
    written = 0
    with _told(path):
        for member in _members(path):
            name = _last(member.name)
            if member.why_not or not is_image(name) or _folder(member.name) != contents.folder:
                continue
            if written % 100 == 0:
                progress(Step("unpacking", written, contents.count))
            content = member.read()
            if len(content) > MOST_PICTURE:
                raise _TooLarge
            with (
                storage_errors(target / name, "choose another folder"),
                contextlib.suppress(FileExistsError),  # a name that comes twice: the first stays
                open(target / name, "xb") as file,
            ):
                file.write(content)
                written += 1
    progress(Step("unpacking", written, contents.count))
    return written


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _folder(name: str) -> str:
    return name.rpartition("/")[0].removeprefix("./")


def _why_not(name: str, size: int, kind: str) -> str:
    """Why a member is left out, '' for one that may be used."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        return "would be written outside the folder"
    if kind:
        return f"is {kind}"
    if size > MOST_PICTURE and is_image(parts[-1]):
        return f"is larger than {MOST_PICTURE >> 20} MB"
    if len(os.fsencode(parts[-1])) > LONGEST_NAME:
        return "has too long a name"
    return ""


def _members(path: Path) -> Iterator[_Member]:
    with open(path, "rb") as file:
        start = file.read(4)
        file.seek(0)
        if start[:2] == b"PK":
            with zipfile.ZipFile(file) as archive:
                yield from _limited(_zip_members(archive))
        elif start[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield from _tar(_Bounded(unpacked))
        else:
            yield from _tar(_Bounded(file))


def _tar(source: _Bounded) -> Iterator[_Member]:
    with tarfile.open(fileobj=source, mode="r:") as tar:
        yield from _limited(_tar_members(tar, source))


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        odd = "no plain file" if kind not in (0, stat.S_IFREG) else ""
        odd = "encrypted" if info.flag_bits & 1 else odd

        def read(info: zipfile.ZipInfo = info) -> bytes:
            with archive.open(info) as source:
                return source.read(MOST_PICTURE + 1)

        why_not = _why_not(info.filename, info.file_size, odd)
        yield _Member(info.filename, info.file_size, why_not, read)


def _tar_members(tar: tarfile.TarFile, source: _Bounded) -> Iterator[_Member]:
    while (info := tar.next()) is not None:
        tar.members = []  # type: ignore[attr-defined]  # else each one stays in memory
        if info.isdir():
            continue
        plain = info.isreg() and not info.issparse()
        odd = "a link" if info.issym() or info.islnk() else "" if plain else "no plain file"

        def read(info: tarfile.TarInfo = info) -> bytes:
            source = tar.extractfile(info)
            content = source.read(MOST_PICTURE + 1) if source is not None else b""
            if len(content) < min(info.size, MOST_PICTURE + 1):
                raise EOFError("it ends within a picture")
            return content

        yield _Member(info.name, info.size, _why_not(info.name, info.size, odd), read)
    # tarfile takes a header it does not understand, and the end of the file, for the end.
    source.seek(tar.offset)
    block = source.read(tarfile.BLOCKSIZE)
    if not block or any(block):
        raise EOFError("it has no proper end")
    while source.read(PIECE):  # to gzip's own checksum
        pass


def _limited(members: Iterator[_Member]) -> Iterator[_Member]:
    """No more members, and no more bytes, than a set of faces can have."""
    total = 0
    for number, member in enumerate(members):
        total += member.size
        if number >= MOST_FILES or total > MOST_BYTES:
            raise _TooLarge
        yield member


class _TooLarge(Exception):
    """More than any set of faces, or than the archive itself says."""


class _Bounded(io.RawIOBase):
    """A readable that refuses to unpack without end, or to give a header that would fill the
    memory."""

    def __init__(self, source: BinaryIO | gzip.GzipFile) -> None:
        super().__init__()
        self._source = source

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MOST_AT_ONCE or self._source.tell() + size > 2 * MOST_BYTES:
            raise _TooLarge
        return self._source.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset > 2 * MOST_BYTES:
            raise _TooLarge
        return self._source.seek(offset)

    def tell(self) -> int:
        return self._source.tell()


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """What can be wrong with an archive, in one sentence."""
    shown = printable(str(path))
    try:
        yield
    except _TooLarge:
        raise DataError(
            f"{shown}: holds more than it says, or than any set of faces has; it is not to be "
            "trusted"
        ) from None
    except _DAMAGED as error:
        why = printable((str(error).splitlines() or [type(error).__name__])[0][:80])
        raise DataError(
            f"{shown}: is no whole .zip, .tar or .tar.gz ({why}); fetch it again"
        ) from None
    except FileNotFoundError:
        raise DataError(f"{shown}: no such file; give the archive of UTKFace") from None
    except OSError as error:
        raise DataError(f"{shown}: cannot be read ({error.strerror}); check it") from None
