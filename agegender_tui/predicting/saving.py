"""What is saved of a picture: its boxes as PNG, and what was said of it as CSV and JSON."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any

from agegender_tui.predicting.answers import FileAnswer, HeatMap, as_picture
from agegender_tui.predicting.boxes import Marks, marked
from agegender_tui.predicting.face_words import in_short
from agegender_tui.predicting.table import COLUMNS, rows
from trainer.csv_lines import csv_lines
from trainer.errors import UserError
from trainer.prediction.protocol import cut, path_digest
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.text import printable
from trainer.user_path import current_folder

EXPORTS = "exports"
ANOTHER_FOLDER = "start the dashboard in another folder"
LONGEST_SIDE = 2_000  # of the PNG, in pixels
_LONGEST_NAME = 100  # bytes of a picture's name; a folder takes 255 of all
_ENDINGS = (".png", ".csv", ".json")


def exports() -> Path:
    """Where it goes: `exports` below the current folder. StorageError where that is gone."""
    return current_folder(ANOTHER_FOLDER) / EXPORTS


def export_folder() -> Path:
    """The same, made if it is not there.

    Raises StorageError.
    """
    folder = exports()
    with storage_errors(folder, ANOTHER_FOLDER):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def written_to(cams: str = "") -> list[Path]:
    """The folders that get pictures made of predictions, `cams` the one of maps: what lies there is
    not to be predicted with the pictures above it."""
    folders = [Path(cams)] if cams else []
    with contextlib.suppress(UserError):
        folders.append(exports())
    return folders


def save_answer(answer: FileAnswer, chosen: int, folder: Path) -> list[Path]:
    """Write `NAME-faces.png`, `.csv` and `.json`, replacing older ones of the same picture; where
    those of another one have that name, or it is long, a digest of the path ends it. Belongs on a
    thread.

    Raises StorageError, and trainer.data.picture_file.UnreadableFace where the picture is gone.
    """
    from trainer.data.picture_file import open_picture

    base = _base(folder, answer.file)
    picture = open_picture(answer.file, at_least=LONGEST_SIDE)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    boxes = tuple(face.box for face in answer.faces)
    content = io.BytesIO()
    words = tuple(f"{n} {in_short(face)}" for n, face in enumerate(answer.faces, start=1))
    marked(picture, Marks(answer.size, boxes, chosen, words)).save(content, "PNG")
    bodies = (
        content.getvalue(),
        csv_lines([COLUMNS, *rows(answer.reply)]).encode("utf-8", "surrogateescape"),
        json.dumps(_record(answer.reply), indent=2).encode(),
    )
    written = [Path(f"{base}{ending}") for ending in _ENDINGS]
    for path, body in zip(written, bodies, strict=True):
        write_atomic(path, body, durable=False, elsewhere=ANOTHER_FOLDER)
    return written


def _base(folder: Path, file: Path) -> Path:
    """Where what is saved of `file` goes, without the endings."""
    name = cut(file.stem, _LONGEST_NAME)
    plain = folder / f"{name}-faces"
    if name == printable(file.stem) and _may_write(plain, file):
        return plain
    return folder / f"{name}-faces-{path_digest(file)}"


def _may_write(base: Path, file: Path) -> bool:
    """Whether the files of that name are free, or of `file` as their JSON says."""
    if not any(os.path.lexists(f"{base}{ending}") for ending in _ENDINGS):
        return True
    try:
        before = json.loads(Path(f"{base}.json").read_bytes())["file"]
        return path_digest(Path(before)) == path_digest(file)
    except (OSError, ValueError, LookupError, TypeError):
        return False


def save_map(heat: HeatMap, path: Path) -> None:
    """Write a Grad-CAM map as PNG. Raises StorageError."""
    content = io.BytesIO()
    as_picture(heat.overlay).save(content, "PNG")
    write_atomic(path, content.getvalue(), durable=False, elsewhere=ANOTHER_FOLDER)


def _record(reply: dict[str, Any]) -> dict[str, Any]:
    """As a line of the JSON Lines that a whole folder gives."""
    faces = [{key: face[key] for key in face if key != "crop"} for face in reply["faces"]]
    return {
        "file": reply["file"],
        "size": reply["size"],
        "faces": faces,
        "problem": reply["problem"],
    }
