"""What a table of predictions was made with, kept in a file beside it: a table is gone on with in
the same way or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trainer.errors import ConfigError, RunError, StorageError
from trainer.prediction.catalog import called, run_of
from trainer.runs.atomic import write_atomic
from trainer.text import printable
from trainer.user_path import current_folder

VERSION = 1
ENDING = ".settings.json"
# As the prediction process takes what a request leaves out.
_LEVEL, _FACES, _DETECTOR = 0.9, "auto", "mtcnn"
_DIGITS = 8  # of a digest, as it is told
Settings = dict[str, Any]


def settings_file(table: Path) -> Path:
    """Where they lie: `people.csv.settings.json` beside `people.csv`."""
    return table.with_name(table.name + ENDING)


def settings_of(request: Mapping[str, Any]) -> Settings:
    """All of a `predict` request that its answers depend on, the models by their content, and the
    folder from which relative names lead. Reads the model files, so it belongs on a thread.
    RunError where one cannot be read."""
    models = sorted((_name(Path(file)), _digest(Path(file))) for file in request["models"])
    faces, folder = request.get("faces", _FACES), ""
    with contextlib.suppress(StorageError):  # it is gone: then no relative name leads anywhere
        folder = str(current_folder())
    return {
        "v": VERSION,
        "models": [{"model": name, "sha256": digest} for name, digest in models],
        "mean": bool(request.get("mean")) and len(models) > 1,
        "flip": bool(request.get("flip")),
        "level": request.get("level", _LEVEL),
        "faces": faces,
        "detector": "" if faces == "crops" else request.get("detector", _DETECTOR),
        "cams": request.get("cams", ""),
        "folder": folder,
    }


def write_settings(table: Path, settings: Settings) -> None:
    """Begin a table with them."""
    write_atomic(settings_file(table), json.dumps(settings, indent=2) + "\n", durable=False)


def check_settings(table: Path, settings: Settings, names: Iterable[str]) -> None:
    """ConfigError, with what differs, unless `table` was begun with the same, and, where any of the
    `names` in it is relative, in the same folder; else the present one is noted."""
    file, shown = settings_file(table), printable(str(table))
    try:
        before = json.loads(file.read_bytes())
        known = _in_words(before)
        if before["v"] != VERSION:
            raise ValueError("of a newer version")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(
            f"{shown}: what it was made with is not known without {printable(file.name)} beside "
            "it, so it cannot be gone on with; name another table"
        ) from None
    now = _in_words(settings)
    if _digests(before) == _digests(settings):
        known["models"] = now["models"]  # under whatever names
    differ = [f"{name} {known[name]}, not {now[name]}" for name in now if known[name] != now[name]]
    if differ:
        raise ConfigError(
            f"{shown}: was begun with {', and with '.join(differ)}; go on with it as it was begun, "
            "or name another table"
        )
    folder = before.get("folder")
    if _elsewhere(folder) and not all(map(os.path.isabs, names)):
        raise ConfigError(
            f"{shown}: was begun in {printable(folder)}, and its names lead from there; go on with "
            "it in that folder, or name another table"
        )
    if folder and folder != settings["folder"]:
        write_settings(table, {**before, "folder": settings["folder"]})


def _elsewhere(folder: Any) -> bool:
    """Whether that is another folder than the current one. One that is not known, as of an older
    table, counts as the same, and so does one that is gone: it was moved with its pictures."""
    try:
        return isinstance(folder, str) and folder != "" and not Path(folder).samefile(".")
    except (OSError, ValueError):
        return False


def _in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    models = [f"{one['model']} ({one['sha256'][:_DIGITS]})" for one in settings["models"]]
    return {
        "models": printable(" and ".join(models)),
        "--mean": "on" if settings["mean"] else "off",
        "--flip": "on" if settings["flip"] else "off",
        "--level": f"{settings['level']:g}",
        "--faces": printable(settings["faces"]),
        "--detector": printable(settings["detector"]) or "none",
        "--cam": printable(settings["cams"]) or "none",
    }


def _digests(settings: Mapping[str, Any]) -> list[str]:
    return sorted(one["sha256"] for one in settings["models"])


def _name(file: Path) -> str:
    run = run_of(file)
    return run.id if run is not None else called(file)


def _digest(file: Path) -> str:
    try:
        with open(file, "rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise RunError(
            f"{printable(str(file))}: cannot be read ({error.strerror}); name another model"
        ) from None
