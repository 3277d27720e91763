"""Giving back the disk that a run's checkpoints take, once nothing goes on from them."""

from __future__ import annotations

import shutil

from trainer.errors import RunError
from trainer.runs.atomic import storage_errors
from trainer.runs.layout import RunDir
from trainer.runs.state import read_state


def free(run: RunDir) -> int:
    """Delete the checkpoints of a run that has finished; the number of bytes that they took, 0
    where there are none. Model, curves and predictions stay.

    RunError where the run has not finished: its checkpoints are what it goes on from. StorageError
    where they cannot be deleted.
    """
    state = read_state(run).state
    if state != "finished":
        raise RunError(
            f"{run.id} is {state}, and its checkpoints are what it goes on from: only a finished "
            "run is freed of them"
        )
    with storage_errors(run.checkpoints):
        return delete_checkpoints(run)


def delete_checkpoints(run: RunDir) -> int:
    """Whatever the run's state; the number of bytes that they took."""
    found = sorted(run.checkpoints.iterdir()) if run.checkpoints.is_dir() else []
    found.sort(key=lambda path: path.name != "latest")  # first what says that the others are whole
    size = 0
    for path in found:
        if path.is_dir() and not path.is_symlink():
            size += sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
            shutil.rmtree(path)
        else:
            size += path.lstat().st_size
            path.unlink()
    return size
