"""All files below a folder, and stamps by which to tell later whether it is still the same."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from trainer.data.exclusions import FILE_NAME


class Stamp(NamedTuple):
    """A folder or a file as it was: its path below the data set ('' for that itself), and what it
    held: a digest of the names in a folder, in the order in which the system lists them, or size
    and time of a file."""

    path: str
    held: str


def holds(folder: Path, was: Stamp) -> bool:
    """Whether what was stamped below `folder` is still so.

    The names are listed again: the time of a folder is no sign, as not every system writes it down
    when a name is added, and others do when it is only the curation that is written.
    """
    place = folder / was.path
    try:
        if was.path and not stat.S_ISDIR(place.lstat().st_mode):
            return was == file_stamp(folder, was.path)
        with os.scandir(place) as entries:
            return was.held == _digest(
                _listed(entry, entry.is_dir(follow_symlinks=False)) for entry in entries
            )
    except OSError:
        return False


def file_stamp(folder: Path, path: str) -> Stamp:
    """The stamp of a file, or of what a link leads to; of one that is not there, its absence."""
    try:
        now = (folder / path).stat()
    except OSError as error:
        return Stamp(path, f"{error.strerror}")
    return Stamp(path, f"{now.st_size} {now.st_mtime_ns}")


def _listed(entry: os.DirEntry[str], is_folder: bool) -> str:
    return f"{entry.name}/" if is_folder else entry.name


def _digest(listed: Iterable[str]) -> str:
    """Of what a folder has, but for the curation, which is read whenever the labels are."""
    names = "\0".join(name for name in listed if name != FILE_NAME)
    return hashlib.blake2b(os.fsencode(names), digest_size=16).hexdigest()


Item = TypeVar("Item")


def polled(items: Iterable[Item], poll: Callable[[], None]) -> Iterator[Item]:
    """The items; `poll` is called now and then and may raise to give up."""
    for number, item in enumerate(items):
        if number % 4096 == 0:
            poll()
        yield item


def walk(
    folder: Path,
    poll: Callable[[], None],
    closed: list[tuple[str, str]],
    stamps: list[Stamp] | None = None,
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All files below, links to files and links that lead nowhere too; linked folders, which may
    lead back, are not entered. Folders below that cannot be read go into `closed`, those that were
    read into `stamps`; OSError is raised for the folder itself alone."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            entries = os.scandir(folder / below)
        except OSError as error:
            if not below:
                raise
            closed.append((f"{below}/", f"the folder cannot be read: {error.strerror}"))
            continue
        listed = []
        with entries:
            for entry in polled(entries, poll):
                path = f"{below}/{entry.name}" if below else entry.name
                is_folder = entry.is_dir(follow_symlinks=False)
                listed.append(_listed(entry, is_folder))
                if is_folder:
                    if not entry.name.startswith("."):
                        waiting.append(path)
                elif _is_file(entry):
                    yield path, entry
        if stamps is not None:
            stamps.append(Stamp(below, _digest(listed)))


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:  # a link that leads to itself
        return True
