"""Giving back the disk that a run's checkpoints take, once nothing goes on from them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from trainer.errors import RunError, StorageError
from trainer.runs.layout import RunDir
from trainer.runs.state import read_state
from trainer.text import printable

# What checkpoints are called (see trainer/training/checkpoint.py), and what is left half written.
_OURS = re.compile(r"latest|best-\d+\.npz|\d+-\d+|\..+\.tmp")


def free(run: RunDir) -> int:
    """Delete the checkpoints of a run that has finished; the number of bytes that they took, 0
    where there are none. Model, curves and predictions stay.

    RunError where the run has not finished or its model is gone: its checkpoints are what is left
    to go on from. StorageError where they cannot be deleted.
    """
    state = read_state(run).state
    if state != "finished":
        raise RunError(not_free(run.id, state))
    if not run.model_file(run.config().model).exists():
        raise RunError(
            f"{run.id} has no model any more, and its checkpoints are all that is left of it: "
            "move it to the trash if it is not wanted"
        )
    return delete_checkpoints(run)


def not_free(name: str, state: str) -> str:
    """Why a run that has not finished is not freed."""
    return (
        f"{name} is {state}, and its checkpoints are what it goes on from: only a finished run is "
        "freed of them"
    )


def delete_checkpoints(run: RunDir) -> int:
    """All of them, whatever the run's state; the number of bytes that they took. Other files stay.

    StorageError names the first that cannot be deleted, when all others are.
    """
    found = [path for path in _listed(run.checkpoints) if _OURS.fullmatch(path.name)]
    found.sort(key=lambda path: path.name != "latest")  # while there is one, a run goes on from it
    size, problem = 0, ""
    for path in found:
        try:
            size += _delete(path)
        except FileNotFoundError:
            continue  # another deleted it in this moment
        except OSError as error:
            problem = problem or f"{printable(str(path))}: cannot be deleted ({error.strerror})"
    if problem:
        raise StorageError(f"{problem}; make its folder writable, or delete it by hand")
    return size


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(
            f"{printable(str(folder))}: cannot be read ({error.strerror}); check permissions"
        ) from None


def _delete(path: Path) -> int:
    if not path.is_dir() or path.is_symlink():
        size = path.lstat().st_size
        path.unlink()
        return size
    size = sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
    if path.name[0] != ".":  # half of a checkpoint must not look like one
        path = path.rename(path.with_name(f".{path.name}.tmp"))
    shutil.rmtree(path)
    return size
