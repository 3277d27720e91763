"""The index of each data set as it was when it was last read, so that a large one opens at once.

<cache>/indexes/<digest of the data set>.index, all of it bytes, one column after the other:

    a line         what it is, its version, a digest of all that follows
    a line         JSON: stamps of the folders, files that are no pictures, lengths of the columns
    the columns    texts parted by a zero, or numbers of one or of eight bytes
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import stat
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from trainer.data.cache_root import cache_root
from trainer.data.exclusions import Curation, read_curation
from trainer.data.index import Index
from trainer.data.labels import PartialLabel
from trainer.data.source import DataSource
from trainer.data.walk import Stamp, holds
from trainer.errors import StorageError
from trainer.runs.atomic import write_atomic

KEPT = 8  # data sets; the longest unused goes first
_WHAT = b"agegender-tui index 3"  # counts up with the layout, and with what texts are taken to say
_NONE = 255  # no age and no code is as high
_AT_ONCE = 1 << 20  # bytes of text parted without a rest, so that another thread gets its turn


def index_file(source: DataSource) -> Path:
    """`AGEGENDER_CACHE`, else the user's cache folder; named by folder, layout and mapping."""
    digest = hashlib.sha256(os.fsencode(str(source))).hexdigest()[:24]
    return cache_root().parent / "indexes" / f"{digest}.index"


def known_index(source: DataSource) -> Index | None:
    """The index of names that are still the same, under the curation as it is now.

    None where there is none, or where a name, a table or a corrected label changed since. Sizes
    and times of the pictures may have changed: `files_unchanged` looks at each. Raises DataError
    if the curation cannot be read.
    """
    path = index_file(source)
    try:
        what, _, body = path.read_bytes().partition(b"\n")
        head, _, columns = body.partition(b"\n")
        if what != _title(body):
            return None
        facts = json.loads(head)
        stamps = tuple(Stamp(*stamp) for stamp in facts["stamps"])
        if not _hold(source.folder, stamps):
            return None
        curation = read_curation(source.folder)
        if facts["corrected"] != _corrected(curation):
            return None
        index = _read(facts, columns, source)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return dataclasses.replace(
        index, stamps=stamps, curation=curation, excluded=frozenset(_excluded(index, curation))
    )


def unchanged(index: Index) -> bool:
    """Whether names, tables and labelled files are what they were when the index was read; False
    also where that cannot be told."""
    return _hold(index.folder, index.stamps) and files_unchanged(index)


def _hold(folder: Path, stamps: Sequence[Stamp]) -> bool:
    return bool(stamps) and all(holds(folder, stamp) for stamp in stamps)


def files_unchanged(index: Index) -> bool:
    """Whether each labelled file still has its size and time."""
    folder = os.fspath(index.folder)
    for name, size, time in zip(index.files, index.sizes, index.times, strict=True):
        try:
            now = os.stat(f"{folder}/{name}")  # noqa: PTH116 - half a million paths are slow
        except OSError:
            return False
        if now.st_size != size or now.st_mtime_ns != time or not stat.S_ISREG(now.st_mode):
            return False
    return True


def keep_index(index: Index) -> None:
    """Keep it for the next time. Where that cannot be, the next time takes as long as this one."""
    if not index.stamps or index.source is None or index.curation is None:
        return
    path = index_file(index.source)
    with contextlib.suppress(OSError, OverflowError, StorageError):
        body = _written(index, index.curation)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, _title(body) + b"\n" + body, durable=False)
        _prune(path.parent)


def _title(body: bytes) -> bytes:
    return _WHAT + b" " + hashlib.blake2b(body, digest_size=16).hexdigest().encode()


def _corrected(curation: Curation) -> str:
    labels = sorted((name, *label) for name, label in curation.corrected.items())
    return hashlib.blake2b(json.dumps(labels).encode(), digest_size=16).hexdigest()


def _excluded(index: Index, curation: Curation) -> Iterator[int]:
    for name in curation.excluded:
        row = bisect_left(index.files, name)
        if index.files[row : row + 1] == [name]:
            yield row


def _written(index: Index, curation: Curation) -> bytes:
    partial = [label for _, label in index.partial]
    columns = [
        _texts(index.files),
        bytes(index.ages),
        bytes(index.genders),
        _codes(index.races),
        array("q", index.sizes).tobytes(),
        array("q", index.times).tobytes(),
        _texts([name for name, _ in index.partial]),
        _codes(label.ages and label.ages[0] for label in partial),
        _codes(label.ages and label.ages[1] for label in partial),
        _codes(label.gender for label in partial),
        _codes(label.race for label in partial),
        _texts([name for name, _ in index.rejected]),
        _texts([why for _, why in index.rejected]),
    ]
    facts = {
        "stamps": index.stamps,
        "corrected": _corrected(curation),
        "ignored": index.ignored,
        "labelling": index.labelling,
        "columns": [len(column) for column in columns],
    }
    return json.dumps(facts).encode() + b"\n" + b"".join(columns)


def _read(facts: dict[str, Any], body: bytes, source: DataSource) -> Index:
    """Raises ValueError or KeyError where it is not as `_written` writes it."""
    columns = _parted(body, facts["columns"])
    files, ages, genders, races = next(columns), next(columns), next(columns), next(columns)
    sizes, times = array("q", next(columns)), array("q", next(columns))
    partial = [_names(next(columns)), *(_numbers(next(columns)) for _ in range(4))]
    rejected = [_names(next(columns)), _names(next(columns))]
    return Index(
        folder=source.folder,
        files=_names(files),
        ages=list(ages),
        genders=list(genders),
        races=_numbers(races),
        sizes=sizes.tolist(),
        times=times.tolist(),
        rejected=list(zip(*rejected, strict=True)),
        ignored=facts["ignored"],
        partial=[
            (name, PartialLabel(None if first is None else (first, last), gender, race))
            for name, first, last, gender, race in zip(*partial, strict=True)
        ],
        source=source,
        labelling=str(facts["labelling"]),
    )


def _parted(body: bytes, lengths: Sequence[int]) -> Iterator[bytes]:
    start = 0
    for length in lengths:
        yield body[start : start + length]
        start += length


def _texts(texts: Sequence[str]) -> bytes:
    return os.fsencode("\0".join(texts))


def _names(column: bytes) -> list[str]:
    names: list[str] = []
    start = 0
    while start < len(column):
        end = column.find(b"\0", start + _AT_ONCE)
        end = end if end >= 0 else len(column)
        names += os.fsdecode(column[start:end]).split("\0")
        start = end + 1
    return names


def _codes(values: Iterable[int | None]) -> bytes:
    return bytes(_NONE if value is None else value for value in values)


def _numbers(column: bytes) -> list[int | None]:
    return [None if value == _NONE else value for value in column]


def _prune(folder: Path) -> None:
    used = []
    for path in folder.glob("*.index"):
        with contextlib.suppress(OSError):  # another dashboard may delete it meanwhile
            used.append((path.stat().st_mtime, path))
    for _, path in sorted(used, reverse=True)[KEPT:]:
        path.unlink(missing_ok=True)
