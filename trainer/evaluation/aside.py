"""The result of an evaluation that is made anew: kept aside until the new one is there, and put
back where the new one fails, so that trying again never costs what was known."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from trainer.errors import ExitCode
from trainer.evaluation.store import EvaluationDir
from trainer.jobs import session
from trainer.runs.atomic import storage_errors


def put_aside(directory: EvaluationDir) -> None:
    """Make a finished evaluation one to be done; of one that is not done nothing is kept, and what
    was put aside before stays. StorageError where the folder cannot be written."""
    with storage_errors(directory.path):
        if directory.done:
            # The summary goes last and comes back last: that it is there means done.
            for file in (directory.predictions_file, directory.summary_file):
                _move(file, _aside(file))
        directory.said_file.unlink(missing_ok=True)


def put_back(directory: EvaluationDir) -> None:
    """The result as it was before; nothing where none was put aside or a new one is there."""
    if not directory.done:
        for file in (directory.predictions_file, directory.summary_file):
            _move(_aside(file), file)


def forget(directory: EvaluationDir) -> None:
    """Delete what was put aside, once the new result is there."""
    for file in (directory.summary_file, directory.predictions_file):
        _aside(file).unlink(missing_ok=True)


@contextlib.contextmanager
def put_back_on_failure(directory: EvaluationDir) -> Iterator[None]:
    """Whatever is raised inside, the result is as it was before."""
    try:
        yield
    except BaseException:
        put_back(directory)
        raise


def _move(file: Path, to: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        file.replace(to)


def _aside(file: Path) -> Path:
    return file.with_name(f".{file.name}.before")


def tell_those_who_wait(directory: EvaluationDir, text: str, code: ExitCode) -> None:
    """A worker that failed before it had the evaluation leaves it as launched: put back what was
    found before, and say why."""
    session.tell_those_who_wait(directory, text, code, lambda: put_back(directory))
