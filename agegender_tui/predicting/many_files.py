"""Many files through the prediction process: which they are, one at a time past a crash, and what
arrives in a folder."""

from __future__ import annotations

import asyncio
import glob
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from agegender_tui.predicting.process import PredictionCrashed, PredictionProcess
from trainer.data.labels import is_image
from trainer.errors import DataError
from trainer.text import printable
from trainer.user_path import user_path

MORE_EXTENSIONS = (".gif", ".tif", ".tiff", ".heic", ".heif")
# More than the process reads ahead: after so many single files the one that crashed it is past.
AFTER_A_CRASH = 160
AT_ONCE = 512
SETTLED_SECONDS = 1.0
_RUN = {"config.toml", "state.json"}  # what tells the folder of a run


def is_picture(name: str) -> bool:
    """Whether a file of a folder is worth opening, by its name."""
    return is_image(name) or (name.lower().endswith(MORE_EXTENSIONS) and not name.startswith("."))


def expand(
    sources: Iterable[str],
    leave_out: Iterable[Path] = (),
    closed: Callable[[str], None] = lambda _: None,
) -> Iterator[str]:
    """The files that files, folders (with all below), patterns and @lists name, in order, each
    once. A file need not exist: its absence is a result. Below a folder runs, whose pictures are of
    curves, and the folders to `leave_out`, as what is written there, are passed over; so are links
    to folders, which may lead in circles. `closed` hears of a folder that cannot be read, as
    `NAME: cannot be read (why)`. DataError for a list that cannot be read.
    """
    seen: set[str] = set()
    own = {os.path.realpath(folder) for folder in leave_out}

    def unread(error: OSError) -> None:
        closed(f"{printable(str(error.filename or 'a folder'))}: cannot be read ({error.strerror})")

    for source in sources:
        for name in _expand(source, own, unread):
            if name not in seen:
                seen.add(name)
                yield name


def no_picture(source: str, closed: Sequence[str]) -> DataError:
    """Why `expand` found nothing at `source`: it told of `closed`, if anything."""
    if closed:
        return DataError(f"{closed[0]}; make it readable, or name another place")
    return DataError(f"{printable(source)}: holds no picture; name another place")


def _expand(source: str, own: set[str], unread: Callable[[OSError], None]) -> Iterator[str]:
    if source.startswith("@") and not os.path.lexists(source):
        for line in _lines(source[1:]):
            yield from _expand_path(line, own, unread)
    else:
        yield from _expand_path(source, own, unread)


def _expand_path(source: str, own: set[str], unread: Callable[[OSError], None]) -> Iterator[str]:
    path = str(user_path(source))
    if os.path.isdir(path):  # noqa: PTH112 - Path raises on a name too long
        for folder, below, names in os.walk(path, onerror=unread):
            below[:] = sorted(
                name for name in below if not (name.startswith(".") or _is(folder, name, own))
            )
            if set(names) >= _RUN and folder != path:
                below.clear()
                continue
            # As the process names it in its reply, so without the `./` of the current folder.
            yield from (str(Path(folder, name)) for name in sorted(names) if is_picture(name))
    elif glob.has_magic(path) and not os.path.lexists(path):
        yield from sorted(glob.glob(path, recursive=True))  # noqa: PTH207
    else:
        yield path


def _is(folder: str, name: str, own: set[str]) -> bool:
    """Whether this folder below another is one of `own`, which are without links."""
    return any(one.endswith(f"{os.sep}{name}") for one in own) and (
        os.path.realpath(f"{folder}{os.sep}{name}") in own
    )


def _lines(name: str) -> list[str]:
    try:
        text = user_path(name).read_bytes().decode("utf-8", "surrogateescape")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(
            f"@{printable(name)}: the list cannot be read ({printable(str(why))}); "
            "give a text file with one path a line"
        ) from None
    return [line.strip("\r") for line in text.split("\n") if line.strip()]


async def predictions(
    process: PredictionProcess, request: dict[str, Any], files: Iterable[str]
) -> AsyncIterator[dict[str, Any]]:
    """The reply for each of `files`, in order. `request` is a `predict` request without them.

    A file on which the process crashes gets a reply with a `problem`, and the rest goes on. Raises
    PredictionFailed as `ask` does.
    """
    rest = iter(files)
    while chunk := [name for _, name in zip(range(AT_ONCE), rest, strict=False)]:
        left, singly = chunk, 0
        while left:
            part = left[:1] if singly else left
            done = 0
            try:
                async for reply in process.ask({**request, "do": "predict", "files": part}):
                    if "file" in reply:
                        done += 1
                        yield reply
            except PredictionCrashed as crash:
                if singly:
                    yield failed(part[0], f"it ends the prediction process ({crash})")
                    done, singly = 1, singly + 1
                else:
                    singly = AFTER_A_CRASH + 1
            left = left[done:]
            singly = max(0, singly - 1)


def failed(file: str, problem: str) -> dict[str, Any]:
    """A file's reply where there is none from the process."""
    return {"file": file, "size": [0, 0], "faces": [], "problem": problem}


async def arrivals(
    sources: Sequence[str], known: set[str], leave_out: Sequence[Path] = ()
) -> AsyncIterator[list[str]]:
    """Lists of files that came since, for ever, possibly empty ones, about one a second.

    A file counts once its size and time have stayed the same from one look to the next. `known` are
    left out, and grow.
    """
    before: dict[str, tuple[int, int]] = {}
    while True:
        now: dict[str, tuple[int, int]] = {}
        for name in expand(sources, leave_out):
            if name not in known:
                try:
                    found = os.stat(name)  # noqa: PTH116
                except OSError:
                    continue
                now[name] = (found.st_size, found.st_mtime_ns)
        settled = [name for name, stamp in now.items() if before.get(name) == stamp]
        known.update(settled)
        before = now
        yield settled
        await asyncio.sleep(SETTLED_SECONDS)
