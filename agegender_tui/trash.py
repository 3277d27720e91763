"""Deleting a run, an evaluation or a study: into a trash folder beside the runs, from which it can
be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agegender_tui.called import called
from trainer.errors import DamagedError, RunError
from trainer.evaluation.store import EvaluationDir
from trainer.runs.atomic import storage_errors
from trainer.runs.layout import RunDir
from trainer.runs.state import is_alive, read_state
from trainer.text import printable

if TYPE_CHECKING:
    from trainer.tuning.study import StudyDir

TRASH = ".trash"


def refuse_active(run: RunDir) -> None:
    """RunError if a worker is at work on the run, or if its state does not tell."""
    try:
        state = read_state(run)
    except DamagedError:
        return  # half written: nobody works on it
    except RunError as error:
        if not run.path.exists():
            raise
        raise RunError(f"{run.id} is not deleted, it may be worked on: {error}") from None
    if state.active and is_alive(state):
        raise RunError(f"{run.id} is {state.state}: stop it before deleting it")


def trash(run: RunDir) -> Path:
    """Move the run's directory to `.trash` in its runs folder; returns where it is now.

    RunError if a worker is at work on it, or may be.
    """
    refuse_active(run)
    return _move(run.path, run.path.parent / TRASH)


def trash_evaluation(one: EvaluationDir) -> Path:
    """Move an evaluation's directory to the same folder; RunError if a worker is at work on it."""
    from agegender_tui.launch_evaluation import under_way

    if under_way(one):
        raise RunError(
            f"{printable(one.id)} is being evaluated: {called('evaluate.stop')} stops it, then "
            "delete it"
        )
    return _move(one.path, one.path.parent.parent / TRASH)


def trash_study(study: StudyDir) -> Path:
    """Move a study's directory to the same folder, but none of its runs; RunError if a worker is at
    work on it, or may be."""
    from agegender_tui.launch_study import under_way

    try:
        at_work = under_way(study)
    except DamagedError:
        at_work = False  # half written: nobody works on it
    if at_work:
        raise RunError(
            f"{printable(study.id)} is being worked on: {called('tune.kill')} ends it, then delete "
            "it"
        )
    return _move(study.path, study.runs_root / TRASH)


def _move(path: Path, folder: Path) -> Path:
    with storage_errors(folder):
        folder.mkdir(exist_ok=True)
        target = folder / path.name
        number = 1
        while target.exists():
            number += 1
            target = folder / f"{path.name}-{number}"
        path.rename(target)
    return target
