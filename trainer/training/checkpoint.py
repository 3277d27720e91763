"""Checkpoints: all that training needs to go on as if it had never stopped.

    checkpoints/
      000003-000040/    after 40 steps of epoch 3 (000003-000000: between epochs 2 and 3)
        arrays.npz      weights, moving statistics, seed states, optimizer, running metrics, and
                        averages of the weights where the run makes them
        meta.json       position, schedule, history, settings, best weights, identity of the faces
                        and of the weights it began with, how often the batch was halved
      best-000002.npz   weights of the best epoch so far
      latest            the name of the checkpoint to resume from, swapped by rename

A checkpoint is complete on disk before `latest` names it. It is kept beside the one before, so that
one damaged by the disk leaves another.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import re
import shutil
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.config import FIELDS, RunConfig, default_of
from trainer.errors import RunError, gist
from trainer.runs.atomic import fsync_folder, storage_errors, write_atomic
from trainer.text import printable
from trainer.training.memory import halved_batch
from trainer.training.schedule import Schedule

VERSION = 1
_NAME = re.compile(r"\d{6}-\d{6,}")
# Settings that may change: of what is done once training is over, of what no step depends on, and
# where the faces and the weights lie, which are known by their identity.
MAY_CHANGE = frozenset(
    {
        "stretch",
        "mirror",
        "label",
        "group",
        "study",
        "checkpoint_seconds",
        "feature_gigabytes",
        "data",
    }
)
_KINDS: dict[str, tuple[Any, ...]] = {
    "epoch": (int,),
    "step": (int,),
    "schedule": (dict,),
    "history": (list,),
    "best_file": (str,),
    "elapsed": (float, int),
    "faces": (str,),
    "pretrained": (str,),
    "halved": (int,),
    "settings": (dict,),
}


@dataclass(frozen=True)
class Checkpoint:
    """`step` steps of `epoch` (from 1) are done; `history` has one dict an ended epoch; `faces`
    identifies the faces and their split, `pretrained` the weights that the run began with.
    Each of its steps had `batch_size` images, after memory had forced `halved` halvings."""

    epoch: int
    step: int
    schedule: Schedule
    history: list[dict[str, Any]]
    arrays: dict[str, np.ndarray]
    best_file: str = ""
    elapsed: float = 0.0
    faces: str = ""
    pretrained: str = ""
    batch_size: int = 0
    halved: int = 0

    @property
    def name(self) -> str:
        return f"{self.epoch:06d}-{self.step:06d}"


def save_best(folder: Path, epoch: int, arrays: dict[str, np.ndarray]) -> str:
    """Write the weights of the best epoch; return the file's name for the next checkpoint."""
    name = f"best-{epoch:06d}.npz"
    temporary = folder / f".{name}.tmp"
    with storage_errors(folder):
        folder.mkdir(exist_ok=True)
        try:
            _write_arrays(temporary, arrays)
            temporary.rename(folder / name)
        finally:
            temporary.unlink(missing_ok=True)  # a full disk needs the space back
    return name


def load_best(folder: Path, name: str) -> dict[str, np.ndarray]:
    return _read_arrays(folder / name)


def save(folder: Path, checkpoint: Checkpoint, config: RunConfig, before: str = "") -> Path:
    """Write a checkpoint, point `latest` at it, and delete what is no longer needed.

    `config` has the batch that the steps really had. `before` is the name of the checkpoint that
    this process wrote or read last, which is whole: the one to keep, where there are others.
    """
    meta = {
        "v": VERSION,
        "epoch": checkpoint.epoch,
        "step": checkpoint.step,
        "schedule": checkpoint.schedule.to_json(),
        "history": [_plain(row) for row in checkpoint.history],
        "best_file": checkpoint.best_file,
        "elapsed": checkpoint.elapsed,
        "faces": checkpoint.faces,
        "pretrained": checkpoint.pretrained,
        "halved": checkpoint.halved,
        "settings": dataclasses.asdict(config),
    }
    temporary = folder / f".{checkpoint.name}.{os.getpid()}.tmp"
    target = folder / checkpoint.name
    with storage_errors(folder):
        try:
            # Of a process that was killed and had the same id, as is common in containers.
            shutil.rmtree(temporary, ignore_errors=True)
            folder.mkdir(exist_ok=True)  # but not the run's: one that was deleted stays so
            temporary.mkdir()
            _write_arrays(temporary / "arrays.npz", checkpoint.arrays)
            write_atomic(temporary / "meta.json", json.dumps(meta, allow_nan=False) + "\n")
            fsync_folder(temporary)
            if target.exists():
                shutil.rmtree(target)
            temporary.rename(target)
            fsync_folder(folder)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        write_atomic(folder / "latest", checkpoint.name + "\n")
        _prune(folder, checkpoint, before)
    return target


def latest(
    folder: Path, config: RunConfig, warn: Callable[[str], None] = lambda _: None
) -> Checkpoint | None:
    """The newest whole checkpoint; None if the run has none yet; RunError if all are damaged or
    made with other settings than `config`, which are those of config.toml. `warn` gets a sentence
    where damaged ones are passed over."""
    names = sorted((n for n in _listing(folder) if _NAME.fullmatch(n)), reverse=True)
    with contextlib.suppress(OSError, ValueError):  # missing or damaged: the newest is tried first
        first = (folder / "latest").read_text().strip()
        names.sort(key=lambda name: name != first)
    problems = []
    for name in names:
        try:
            found = _load(folder / name, config)
        except (RunError, MemoryError):
            raise
        except Exception as error:  # damage raises anything, by where it is in JSON or archive
            problems.append(f"{name}: {gist(error)}")
            continue
        if problems:
            warn(f"damaged checkpoint passed over, going on from {name} ({'; '.join(problems)})")
        return found
    if problems:
        raise RunError(
            f"{printable(str(folder))}: no checkpoint can be read ({'; '.join(problems)}); "
            "start a new run"
        )
    return None


def _load(path: Path, config: RunConfig) -> Checkpoint:
    meta = json.loads((path / "meta.json").read_bytes())
    if meta["v"] > VERSION:
        raise RunError(
            f"{printable(str(path))}: written by a newer version; "
            "upgrade agegender-tui to resume it"
        )
    _check_kinds(meta)
    halved = meta.get("halved", 0)
    # One of an older version does not know the weights of VGG16 but by their name.
    may_change = MAY_CHANGE | ({"weights"} if meta.get("pretrained") else set())
    _check_settings(path, meta["settings"], halved_batch(config, halved), may_change)
    if meta["best_file"]:
        _read_arrays(path.parent / meta["best_file"])
    return Checkpoint(
        epoch=meta["epoch"],
        step=meta["step"],
        schedule=Schedule.from_json(meta["schedule"]),
        history=[_figures(row) for row in meta["history"]],
        arrays=_read_arrays(path / "arrays.npz"),
        best_file=meta["best_file"],
        elapsed=meta["elapsed"],
        faces=meta["faces"],
        pretrained=meta.get("pretrained", ""),
        batch_size=meta["settings"]["batch_size"],
        halved=halved,
    )


def _check_kinds(meta: dict[str, Any]) -> None:
    """ValueError if something is of another kind than `save` writes: it would fail the run later,
    when no older checkpoint is tried any more."""
    for name, (kind, *others) in _KINDS.items():
        value = meta.get(name, kind())
        if not isinstance(value, (kind, *others)) or isinstance(value, bool):
            raise ValueError(f"{name} in meta.json is {str(value)[:40]!r}")
    if not all(isinstance(row, dict) for row in meta["history"]):
        raise ValueError("history in meta.json is no list of epochs")


def _check_settings(
    path: Path, settings: dict[str, Any], config: RunConfig, may_change: Set[str]
) -> None:
    """Refuse to go on with other settings, but those that `may_change`; one that the checkpoint
    does not know counts as its default, so that a newer version can resume it."""
    for name in FIELDS:
        if name in may_change:
            continue
        was, now = settings.get(name, default_of(name)), getattr(config, name)
        if was != now:
            raise RunError(
                f"{printable(str(path))}: made with {name} {was}, but config.toml says {now}; "
                "restore config.toml or start a new run"
            )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the history with figures that JSON has no word for as text: `nan`, `inf`, `-inf`."""
    return {
        key: {name: v if math.isfinite(v) else str(v) for name, v in value.items()}
        if isinstance(value, dict)
        else value
        for key, value in row.items()
    }


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {name: float(v) for name, v in value.items()} if isinstance(value, dict) else value
        for key, value in row.items()
    }


def _write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with open(path, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _listing(folder: Path) -> list[str]:
    return sorted(os.listdir(folder)) if folder.is_dir() else []


def _prune(folder: Path, current: Checkpoint, before: str) -> None:
    names = [name for name in _listing(folder) if _NAME.fullmatch(name)]
    others = sorted(
        (name for name in names if name != current.name),
        key=lambda name: (name == before, (folder / name).stat().st_mtime_ns),
    )
    for name in others[:-1]:
        shutil.rmtree(folder / name, ignore_errors=True)
    wanted = {current.best_file}
    for path in folder.glob("[0-9]*/meta.json"):
        # A damaged one; the last is of brackets without end.
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            wanted.add(json.loads(path.read_bytes())["best_file"])
    for path in folder.glob("best-*.npz"):
        if path.name not in wanted:
            path.unlink(missing_ok=True)
    for path in folder.glob(".*.tmp"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
