"""What the user asks to be evaluated, and how it is set going. Reads files: on a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agegender_tui.evaluating.listing import Listed
from agegender_tui.evaluating.names import title
from agegender_tui.predicting.shown_path import shown_path
from trainer.data.registered import read_registered
from trainer.data.sample import sample_folder
from trainer.data.source import DataSource
from trainer.errors import DamagedError, DataError, RunError, UserError
from trainer.evaluation.store import EvaluationDir
from trainer.prediction.catalog import SavedModel
from trainer.runs.layout import short_name
from trainer.text import printable

OWN = "the faces its run validated on"


@dataclass(frozen=True)
class DataChoice:
    """A data set to evaluate on: `name` as it is called, `source` None for the validation part of
    each model's own run, `about` what else is said of it."""

    name: str
    source: DataSource | None = None
    about: str = ""


@dataclass(frozen=True)
class Wish:
    """One model on one data set."""

    model: SavedModel
    data: DataChoice
    flip: bool = False

    @property
    def words(self) -> str:
        """`A kez2 on agedb`."""
        return f"{short_name(self.model.name)} on {printable(self.data.name)}"


def known_data(also: Sequence[DataSource]) -> tuple[list[DataChoice], str]:
    """The validation part, the registered sets, `also`, and the sample faces; with a sentence
    where the registered ones cannot be read."""
    choices, problem = [DataChoice(OWN)], ""
    try:
        for name, source in read_registered().items():
            choices.append(DataChoice(name, source, shown_path(source.folder)))
    except UserError as error:
        problem = str(error)
    choices += [of_source(source) for source in also if all(c.source != source for c in choices)]
    try:
        sample = DataSource(sample_folder())
    except DataError:
        return choices, problem
    if all(choice.source != sample for choice in choices):
        choices.append(DataChoice("sample", sample, "drawn faces"))
    return choices, problem


def of_source(source: DataSource) -> DataChoice:
    """A folder without a name of its own."""
    return DataChoice(source.folder.name or str(source.folder), source, shown_path(source.folder))


def proposed(models: Sequence[SavedModel]) -> set[Path]:
    """The files to choose before the user does, of models listed newest first: the newest of each
    network, of A and B that is; else the only model there is. Trials of a search only where there
    is nothing else."""
    usable = [model for model in models if not model.problem]
    usable = [model for model in usable if not model.study] or usable
    newest = {model.network: model.file for model in reversed(usable) if model.network}
    return set(newest.values()) or {model.file for model in usable if len(usable) == 1}


def wishes(models: Sequence[SavedModel], data: Sequence[DataChoice], flip: bool) -> list[Wish]:
    """Each model on each data set; models without a run have no validation part."""
    return [
        Wish(model, one, flip)
        for model in models
        for one in data
        if one.source is not None or model.run is not None
    ]


def start(root: Path, wish: Wish) -> str:
    """Start the worker, unless this very evaluation is there; returns what was done.

    Raises UserError.
    """
    from agegender_tui import launch_evaluation
    from trainer.evaluation.plan import plan

    name = wish.data.name if wish.data.source is not None else ""
    wanted = plan(wish.model.file, wish.data.source, data_name=name, flip=wish.flip)
    directory = launch_evaluation.start(root, wanted)
    if _is_whole(directory):
        return f"{wish.words}: known already, for this model and these faces as they are"
    if directory.done:
        launch_evaluation.start(root, wanted, redo=True)
    return f"evaluating {wish.words}; it goes on if you leave"


def _is_whole(directory: EvaluationDir) -> bool:
    """Whether it is done, and not damaged. RunError where it cannot be told, as of one that a newer
    version wrote."""
    if not directory.done:
        return False
    try:
        directory.scored()
    except DamagedError:
        return False
    return True


def again(root: Path, one: Listed) -> str:
    """Go on with one that failed, was stopped, lost its worker or is damaged. Raises UserError."""
    from agegender_tui import launch_evaluation
    from trainer.evaluation.averaged import averaged, members_of
    from trainer.evaluation.plan import planned

    if _is_whole(one.directory):
        same = "models on the same faces give" if one.is_mean else "model on the same faces gives"
        raise RunError(f"{title(one)}: is done; the same {same} the same")
    if members := members_of(one.directory):
        averaged(root, members)
        return f"{title(one)}: taken anew"
    if launch_evaluation.under_way(one.directory):
        raise RunError(f"{title(one)}: is under way already")
    launch_evaluation.start(root, planned(one.directory), redo=one.directory.done)
    return f"evaluating {title(one)} again"
