"""Saved models, of runs, of the program and of files elsewhere: found and described without
TensorFlow."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from trainer.errors import RunError
from trainer.runs.layout import RunDir, open_run
from trainer.runs.order import newest_first
from trainer.runs.state import LOST, read_state, shown_state
from trainer.sharing.bundled import ready_models
from trainer.sharing.facts import facts_beside, facts_file
from trainer.sharing.keras_zip import CONFIG, METADATA, WEIGHTS, read_description
from trainer.text import printable
from trainer.user_path import absolute_path, user_path

SUFFIX = ".keras"


@dataclass(frozen=True)
class SavedModel:
    """One `.keras` file. `run` is its run directory, if it lies in one; `scores` that run's
    validation metrics (`age_mae` in years, `gender_accuracy` 0 to 1, `faces`), empty elsewhere.
    `parameters` 0 and a `problem` in words where the file cannot be read. `layers` has (name,
    class, note) in order, `saved` what Keras wrote of the date. `called` is the name by which a
    model that left its run goes. `study` is the search of which its run was a trial."""

    file: Path
    run: RunDir | None = None
    network: str = ""
    data: str = ""
    label: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    parameters: int = 0
    layers: tuple[tuple[str, str, str], ...] = ()
    keras: str = ""
    saved: str = ""
    problem: str = ""
    called: str = ""
    study: str = ""

    @property
    def name(self) -> str:
        """The run's id, or the name it goes by, or the file's without its ending."""
        return self.run.id if self.run else self.called or self.file.stem


def find_model(name: str, root: Path) -> Path:
    """The `.keras` file that `name` means: a file, a run as `open_run` finds it below `root`, or
    one of `ready_models` by the name it goes by.

    RunError, saying what to give, where there is none.
    """
    path = user_path(name)
    if name.lower().endswith(SUFFIX):
        if not os.path.isfile(path):  # noqa: PTH113 - Path raises on a name too long
            raise RunError(f"{printable(name)}: no such model file; see `agegender-tui models`")
        return path.absolute()
    try:
        run = open_run(root, name)
    except RunError:
        for ready in ready_models():
            if name == called(ready):
                return ready
        raise
    file = model_of(run)
    if file is None:
        raise RunError(_without_model(run))
    return file


def _without_model(run: RunDir) -> str:
    """That `run` has saved no model, and what would make it: an epoch must have ended."""
    said = f"{run.id} has saved no model"
    try:
        state = shown_state(read_state(run))
    except RunError:
        return said
    if state == "finished":
        return f"{run.id}: its model file is no longer there; put it back, or start a new run"
    if state in (LOST, "stopped", "failed"):
        return f"{said}: `agegender-tui resume` goes on with it, and it saves one when it ends"
    return f"{said} yet: let it finish, or `agegender-tui stop` saves one after an epoch"


def sound_ready_models() -> Iterator[SavedModel]:
    """Those of `ready_models` that can be read; their parameters are not counted."""
    described = (describe(file, count=False) for file in ready_models())
    return (model for model in described if not model.problem)


def model_of(run: RunDir) -> Path | None:
    """The model that a run saved, if it did."""
    return next(iter(sorted(run.path.glob("age_gender_*" + SUFFIX))), None)


def called(file: Path) -> str:
    """The name that a model outside of runs goes by: of its facts, or of the file."""
    facts = facts_beside(file)
    return facts.name if facts is not None else file.stem


def run_of(file: Path) -> RunDir | None:
    """The run directory that a model file lies in, if it does: other programs too have a
    `config.toml`."""
    run = RunDir(file.parent)
    files = run.config_file, run.state_file
    return run if all(map(os.path.isfile, files)) else None  # Path raises on a closed folder


def stamps(file: Path) -> tuple[int, ...]:
    """When a model changed, and what its intervals are made of, in nanoseconds; 0 for what is not
    there. A run writes these after its model."""
    run = run_of(file)
    beside: tuple[Path, ...] = (facts_file(file),)
    if run is not None:
        beside = run.calibration_file, run.predictions_file, run.flipped_predictions_file
    return tuple(map(stamp, (file, *beside)))


def stamp(file: Path) -> int:
    """When a file changed, in nanoseconds; 0 where it is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def list_models(root: Path, elsewhere: Iterable[Path] = ()) -> Iterator[SavedModel]:
    """The models of all runs below `root`, newest first, then `ready_models`, then those of files
    and folders `elsewhere`; each is read when its turn comes."""
    seen = set()
    for name in newest_first(root):
        file = model_of(RunDir(root / name))
        if file is not None:
            seen.add(file)
            yield describe(file)
    for file in ready_models():
        seen.add(file)
        yield describe(file)
    for place in elsewhere:
        place = absolute_path(place)
        files = sorted(place.rglob("*" + SUFFIX)) if os.path.isdir(place) else [place]  # noqa: PTH112
        for file in files:
            if file not in seen and not file.name.startswith("."):
                seen.add(file)
                yield describe(file)


def describe(file: Path, *, count: bool = True) -> SavedModel:
    """What a model file and its run say of it; never raises for a damaged one.

    Without `count` its parameters stay 0: to count them loads h5py and numpy, some 34 MB.
    """
    run = run_of(file)
    facts: dict[str, Any] = {"file": file, "run": run}
    if run is not None:
        facts |= _of_run(run)
    elif known := facts_beside(file):
        facts |= {
            "called": known.name, "network": known.network, "data": known.data,
            "scores": dict(known.scores),
        }  # fmt: skip
    try:
        facts |= _of_file(file, count)
    except FileNotFoundError:
        facts["problem"] = "no such file"
    except Exception as error:  # a file from elsewhere may hold anything
        first = (str(error).splitlines() or [type(error).__name__])[0][:100]
        facts["problem"] = f"not a Keras 3 model, or damaged ({printable(first)})"
    return SavedModel(**facts)


def _of_run(run: RunDir) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    try:
        config = run.config()
        facts = {
            "network": config.model,
            "data": config.data,
            "label": run.label(),
            "study": config.study,
        }
        body = json.loads(run.metrics_file.read_bytes())
        facts["scores"] = {
            name: float(value) for name, value in body["validation"].items() if value is not None
        }
    except Exception:  # damaged too, it may be, in any way
        pass  # the model is there all the same
    return facts


def _of_file(file: Path, count: bool) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        config = json.loads(read_description(archive, CONFIG))
        metadata = json.loads(read_description(archive, METADATA))
        with archive.open(WEIGHTS) as stored:
            parameters = _count(stored) if count else 0
    layers = tuple(
        (str(layer["config"].get("name", "")), str(layer["class_name"]), _note(layer["config"]))
        for layer in config["config"]["layers"]
    )
    return {
        "parameters": parameters,
        "layers": layers,
        "keras": str(metadata.get("keras_version", "")),
        "saved": str(metadata.get("date_saved", "")),
    }


def _count(stored: IO[bytes]) -> int:
    """Numbers in all layers' arrays; seeds of dropout, which are integers, are none."""
    import h5py

    total = 0

    def add(name: str, item: Any) -> None:
        nonlocal total
        if hasattr(item, "dtype") and item.dtype.kind == "f" and "optimizer" not in name:
            total += int(item.size)

    with h5py.File(stored, "r") as weights:
        weights.visititems(add)
    return total


def _note(config: dict[str, Any]) -> str:
    """The setting of a layer that tells most."""
    for key in ("filters", "units", "rate", "pool_size", "batch_shape"):
        if key in config:
            value = config[key]
            if isinstance(value, list):  # a shape says by itself what it is
                return "×".join(map(str, value[1:] if key == "batch_shape" else value))
            return f"{key} {value}"
    return ""
