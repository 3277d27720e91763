"""The saved models of runs and of elsewhere, found one after another. Belongs on a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from trainer.errors import ConfigError
from trainer.prediction.catalog import SUFFIX, SavedModel, list_models
from trainer.user_path import absolute_path

_STEP = 20  # models, after which those found are shown


def found_so_far(
    root: Path, elsewhere: Sequence[Path], ended: Callable[[], bool]
) -> Iterator[tuple[list[SavedModel], bool]]:
    """The models found, again after every few, and at last all; with whether more are looked for.

    Stops early once `ended` says so.
    """
    found: list[SavedModel] = []
    for model in list_models(root, elsewhere):
        if ended():
            return
        found.append(model)
        if len(found) % _STEP == 0:
            yield list(found), True
    yield found, False


def place_of(typed: str) -> Path:
    """The model file or folder that was typed. Raises UserError where there is none."""
    try:
        path = absolute_path(typed)
        there = path.is_dir() or (path.is_file() and path.suffix.lower() == SUFFIX)
    except (OSError, ValueError):
        there = False
    if not there:
        raise ConfigError(f"{typed}: no folder and no {SUFFIX} file; type another path")
    return path
