"""Deleting a run: into a trash folder beside the others, from which it can be taken back."""

from __future__ import annotations

from pathlib import Path

from trainer.errors import RunError
from trainer.runs.atomic import storage_errors
from trainer.runs.layout import RunDir
from trainer.runs.state import is_alive, read_state

TRASH = ".trash"


def refuse_active(run: RunDir) -> None:
    """RunError if a worker is at work on the run."""
    try:
        state = read_state(run)
    except RunError:
        return  # half written: nobody works on it
    if state.active and is_alive(state):
        raise RunError(f"{run.id} is {state.state}: stop it before deleting it")


def trash(run: RunDir) -> Path:
    """Move the run's directory to `.trash` in its runs folder; returns where it is now.

    RunError if a worker is at work on it.
    """
    refuse_active(run)
    folder = run.path.parent / TRASH
    with storage_errors(folder):
        folder.mkdir(exist_ok=True)
        target = folder / run.id
        number = 1
        while target.exists():
            number += 1
            target = folder / f"{run.id}-{number}"
        run.path.rename(target)
    return target
