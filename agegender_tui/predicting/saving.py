"""What is saved of a picture: its boxes as PNG, and what was said of it as CSV and JSON."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from agegender_tui.predicting.answers import FileAnswer, HeatMap, as_picture
from agegender_tui.predicting.boxes import Marks, marked
from agegender_tui.predicting.face_words import in_short
from agegender_tui.predicting.table import COLUMNS, rows
from trainer.csv_lines import csv_lines
from trainer.errors import UserError
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.text import printable
from trainer.user_path import current_folder

EXPORTS = "exports"
ANOTHER_FOLDER = "start the dashboard in another folder"
LONGEST_SIDE = 2_000  # of the PNG, in pixels


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
    """Write `NAME-faces.png`, `.csv` and `.json`, replacing older ones; belongs on a thread.

    Raises StorageError, and trainer.data.picture_file.UnreadableFace where the picture is gone.
    """
    from trainer.data.picture_file import open_picture

    base = folder / f"{printable(answer.file.stem)}-faces"
    picture = open_picture(answer.file, at_least=LONGEST_SIDE)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    boxes = tuple(face.box for face in answer.faces)
    content = io.BytesIO()
    words = tuple(f"{n} {in_short(face)}" for n, face in enumerate(answer.faces, start=1))
    marked(picture, Marks(answer.size, boxes, chosen, words)).save(content, "PNG")
    written = {
        base.with_name(f"{base.name}.png"): content.getvalue(),
        base.with_name(f"{base.name}.csv"): csv_lines([COLUMNS, *rows(answer.reply)]).encode(
            "utf-8", "surrogateescape"
        ),
        base.with_name(f"{base.name}.json"): json.dumps(_record(answer.reply), indent=2).encode(),
    }
    for path, body in written.items():
        write_atomic(path, body, durable=False, elsewhere=ANOTHER_FOLDER)
    return list(written)


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
