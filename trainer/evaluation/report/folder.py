"""The folder of a report: its own files are replaced, those of others never touched."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from trainer.errors import StorageError
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.text import printable

MANIFEST = "report.json"  # names the files that are the report's
PAGE = "report.html"
_ELSEWHERE = "name another folder"
_LEFT = re.compile(r"\.(.+)\.[0-9a-f]{8}\.tmp")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write `files`, names to contents, with PAGE among them; returns the page's path.

    All are written under other names first and then renamed, the page last: it needs no other
    file, so whoever reads it sees the old report or the new one. Of an older report what is not
    in the new one is removed. StorageError, and nothing is changed, where the folder holds
    files that no report wrote, or cannot be written.
    """
    shown = printable(str(folder))
    with storage_errors(folder, _ELSEWHERE):
        made_here = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        before = _owned(folder)
        there = {entry.name for entry in folder.iterdir()}
        if before is None and there:
            raise StorageError(
                f"{shown}: holds other files; name a new or an empty folder for the report"
            )
        taken = sorted((there - (before or set()) - {MANIFEST}) & set(files))
        if taken:
            raise StorageError(
                f"{shown}: {printable(taken[0])} there is not of a report; name another folder"
            )
        try:
            _remove_leftovers(folder, (before or set()) | set(files))
            if before is None:
                # A folder with nothing but leftovers of a report that was cut short is its own.
                write_atomic(folder / MANIFEST, _manifest(set(files)))
            _replace(folder, files, before or set())
        except BaseException:
            if before is None:
                _clear(folder, files, made_here)
            raise
    return folder / PAGE


def _replace(folder: Path, files: Mapping[str, bytes], before: set[str]) -> None:
    ending = f".{secrets.token_hex(4)}.tmp"
    order = sorted(files, key=lambda name: (name == PAGE, name))
    try:
        for name in order:
            (folder / f".{name}{ending}").write_bytes(files[name])
        # Named before they are there, so that a report cut short still is one.
        write_atomic(folder / MANIFEST, _manifest(before | set(files)))
        for name in order:
            (folder / f".{name}{ending}").replace(folder / name)
        for name in before - set(files):
            (folder / name).unlink(missing_ok=True)
        write_atomic(folder / MANIFEST, _manifest(set(files)))
    finally:
        for name in order:
            (folder / f".{name}{ending}").unlink(missing_ok=True)


def _remove_leftovers(folder: Path, names: set[str]) -> None:
    """What was written under other names by one that was killed meanwhile."""
    for entry in list(folder.iterdir()):
        found = _LEFT.fullmatch(entry.name)
        if found and found[1] in names:
            entry.unlink(missing_ok=True)


def _manifest(names: set[str]) -> str:
    return json.dumps({"v": 1, "files": sorted(names)}, indent=1) + "\n"


def _owned(folder: Path) -> set[str] | None:
    """The files of the report that is there; None where there is none."""
    try:
        body = json.loads((folder / MANIFEST).read_bytes())
        names = {str(name) for name in body["files"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    # A name that leads elsewhere is not ours to remove.
    return {name for name in names if Path(name).name == name and name not in ("", ".", "..")}


def _clear(folder: Path, files: Mapping[str, bytes], made_here: bool) -> None:
    """Leave nothing of a first report of which no file is there yet."""
    if any((folder / name).exists() for name in files):
        return
    (folder / MANIFEST).unlink(missing_ok=True)
    if made_here:
        with contextlib.suppress(OSError):
            folder.rmdir()
