"""Whether a run was trained on a data set: names alone cannot tell, as 1.jpg is in many folders."""

from __future__ import annotations

from pathlib import Path

from trainer.data.index import Index
from trainer.data.source import parse_source
from trainer.data.split import read_split
from trainer.errors import DataError, RunError, StorageError
from trainer.runs.layout import RunDir


def check_trained_on(run: RunDir, index: Index) -> None:
    """Raise RunError unless `run` was trained on the folder of `index`, or on another of which
    most faces have the same name, age and gender here: a copy, or one that was moved."""
    try:
        if same_folder(parse_source(run.config().data).folder, index.folder):
            return
    except (DataError, StorageError):  # its line of text means nothing here: the faces may
        pass
    labels = dict(zip(index.files, zip(index.ages, index.genders, strict=True), strict=True))
    split = read_split(run.split_file)
    agree = [
        labels[name] == (age, gender) for name, (_, age, gender) in split.items() if name in labels
    ]
    if 2 * sum(agree) <= len(agree):
        raise RunError(f"{run.id} was trained on other files: choose a run on this folder")


def same_folder(one: Path, other: Path) -> bool:
    """Whether both paths lead to one folder, which need not be there."""
    try:
        return one.samefile(other)
    except OSError:
        return one == other
