"""Which models predict if nobody chose: the newest of each network that is no trial of a search
and was not made for the sample faces, and where no run has saved any, that which comes with the
program. Reads files; off the loop."""

from __future__ import annotations

import itertools
from pathlib import Path

from agegender_tui.called import called
from trainer.data.sample import sample_folder
from trainer.errors import RunError, UserError
from trainer.prediction.catalog import SavedModel, describe, model_of, sound_ready_models
from trainer.runs.layout import RunDir
from trainer.runs.order import newest_first


def no_model(adding: str = "predict.models") -> str:
    """What to do where there is none; `adding` is the action that names a file."""
    return (
        f"No run has saved a model yet. Start one with {called('runs.new')} in the list of runs "
        f"(key {called('app.runs')}), or `agegender-tui train --demo` for a minute's try; "
        f"{called(adding)} names a .keras file from elsewhere."
    )


def usual_models(root: Path, *, demo: bool = False) -> tuple[SavedModel, ...]:
    """The newest sound model of each network (A, then B) of the runs below `root`; without any,
    the first sound one of those that need no run. Trials of a search, most of them bad, predict
    only where there is nothing else; after them runs on the drawn sample faces,
    which know no photographs, unless this is a `demo`."""
    found: dict[str, SavedModel] = {}
    trials: dict[str, SavedModel] = {}
    drawn: dict[str, SavedModel] = {}
    samples = None if demo else _sample_faces()
    try:
        names = newest_first(root)
    except RunError:  # the list of runs says why they cannot be read
        names = []
    for name in names:
        run = RunDir(root / name)
        file = model_of(run)
        if file is None:
            continue
        try:
            config = run.config()
        except (RunError, OSError, ValueError):
            continue
        # Of a thousand runs only these few are opened.
        kind, network = found, config.model
        if samples is not None and Path(config.data) == samples:
            kind = drawn
        elif config.study:
            kind = trials
        if network not in kind and not (model := describe(file, count=False)).problem:
            kind[network] = model
    if not found:
        ready = tuple(itertools.islice(sound_ready_models(), 1))
        poor = trials or drawn
        return ready or tuple(poor[network] for network in sorted(poor))
    return tuple(found[network] for network in sorted(found))


def _sample_faces() -> Path | None:
    try:
        return sample_folder()
    except UserError:  # there are none
        return None
