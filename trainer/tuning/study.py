"""Studies on disk: `studies/<id>/` in the folder of the runs. Imports in milliseconds.

studies/20261127-120000-study-k3f9/
  study.toml        what was asked: budget, objective, space, the settings that stay; immutable
  state.json        see trainer/jobs/status.py; replaced atomically
  trials.jsonl      see trial_log.py; append-only
  control/          a command to the worker is a file, as in a run directory
  worker.log

The trials themselves are ordinary runs beside the others, which name their study.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from trainer.config import RunConfig, parse_setting
from trainer.errors import ConfigError, RunError
from trainer.jobs.status import Status, read_status
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.runs.layout import new_run_id
from trainer.text import printable
from trainer.tuning.going_together import check_space
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.space import Space, parse_space
from trainer.tuning.trial_log import TrialLog, read_trials

FOLDER = "studies"
VERSION = 1
MOST_TRIALS = 10_000
MOST_AT_ONCE = 64
FINISHING = "finishing the last trial"  # the phase of one that is to stop
MOST_STARTUP = 10
TRIAL_EPOCHS = 30


@dataclass(frozen=True)
class StudyConfig:
    """What a study is to do. `base` are the settings of every trial but those in `space`;
    `devices` work on one trial each at a time; `startup` trials are drawn at random before the
    others are told what to learn from; with `prune`, a trial is ended early whose epochs are worse
    than those of half of the trials before it."""

    base: RunConfig
    space: Space = field(default_factory=dict)
    trials: int = 30
    objective: str = "both"
    prune: bool = True
    startup: int = 10
    seed: int = 1
    devices: tuple[str, ...] = ("auto",)
    label: str = ""


def trial_epochs(full: int) -> int:
    """How many epochs a trial has where nobody says, of a recipe that has so many: enough to tell
    settings apart, for the best are trained to their full length."""
    return min(full, TRIAL_EPOCHS)


def startup_for(trials: int) -> int:
    """How many trials are drawn at random where nobody says: a third of a short search, or it would
    learn from none, and 10 of a longer one."""
    return max(1, min(MOST_STARTUP, trials // 3))


def check_study(config: StudyConfig) -> None:
    """ConfigError, with the remedy, where a study cannot be done so."""
    if not 1 <= config.trials <= MOST_TRIALS:
        raise ConfigError(f"trials is {config.trials}: give 1 to {MOST_TRIALS}", "trials")
    if not 1 <= config.startup <= MOST_TRIALS:
        raise ConfigError(f"startup is {config.startup}: give 1 to {MOST_TRIALS}", "startup")
    if not 0 <= config.seed < 2**31:
        raise ConfigError(f"seed is {config.seed}: give 0 to {2**31 - 1}", "study_seed")
    if config.objective not in OBJECTIVES:
        known = " or ".join(OBJECTIVES)
        raise ConfigError(f"objective is '{printable(config.objective)}': choose {known}",
                          "objective")  # fmt: skip
    if not 1 <= len(config.devices) <= MOST_AT_ONCE:
        raise ConfigError(f"there are {len(config.devices)} devices: give 1 to {MOST_AT_ONCE}",
                          "devices")  # fmt: skip
    for device in config.devices:
        config.base.replace(device=device)
    if len(set(config.devices)) < len(config.devices):
        raise ConfigError("a device is named twice: one works on one trial at a time", "devices")
    parse_setting("label", config.label)
    check_space(config.space, config.base)
    if config.prune and "epochs" in config.space:
        raise ConfigError(
            "epochs is varied, and of the longer trials too many would be ended early, as they "
            "begin more slowly: turn pruning off",
            "prune",
        )
    _check_objective(config)


def _check_objective(config: StudyConfig) -> None:
    """ConfigError where a task is looked at that is not trained."""
    for task, objective in (("age", "gender_accuracy"), ("gender", "age_mae")):
        name = f"{task}_loss_weight"
        if config.objective != objective and not getattr(config.base, name):
            if name in config.space:
                continue
            raise ConfigError(
                f"{name} is 0, so the {task} is not trained, but objective is {config.objective}: "
                f"choose {objective}, or raise it",
                "objective",
            )


@dataclass(frozen=True)
class StudyDir:
    """The paths of one study, and what lies there."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def runs_root(self) -> Path:
        """Where its trials are."""
        return self.path.parent.parent

    @property
    def config_file(self) -> Path:
        return self.path / "study.toml"

    @property
    def state_file(self) -> Path:
        return self.path / "state.json"

    @property
    def trials_file(self) -> Path:
        return self.path / "trials.jsonl"

    @property
    def control(self) -> Path:
        return self.path / "control"

    @property
    def log_file(self) -> Path:
        return self.path / "worker.log"

    def config(self) -> StudyConfig:
        """What was asked; RunError where that is damaged or of a newer version."""
        return read_config(self.config_file)

    def status(self) -> Status:
        """Who works on it, and how it ended; RunError where that is not readable."""
        return read_status(self.state_file, "study", "take what you need, then delete it")

    def trials(self) -> TrialLog:
        return read_trials(self.trials_file)


def study_root(root: Path) -> Path:
    """The folder of all studies, in the folder of the runs."""
    return root / FOLDER


def to_toml(config: StudyConfig) -> str:
    """The study as TOML, its settings that stay under `base`."""
    body: dict[str, Any] = {
        "version": VERSION,
        "label": config.label,
        "trials": config.trials,
        "objective": config.objective,
        "prune": config.prune,
        "startup": config.startup,
        "seed": config.seed,
        "devices": list(config.devices),
        "space": {name: str(domain) for name, domain in config.space.items()},
        "base": dataclasses.asdict(config.base),
    }
    return tomli_w.dumps(body)


def read_config(path: Path) -> StudyConfig:
    """Of a `study.toml`; RunError naming the file and what is wrong in it."""
    shown = printable(str(path))
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
        if body["version"] > VERSION:
            raise RunError(f"{shown}: written by a newer version; upgrade agegender-tui to read it")
        config = StudyConfig(
            base=RunConfig.from_mapping(body["base"]),
            space=parse_space(body["space"]),
            trials=_whole(body["trials"]),
            objective=str(body["objective"]),
            prune=bool(body["prune"]),
            startup=_whole(body["startup"]),
            seed=_whole(body["seed"]),
            devices=tuple(map(str, body["devices"])),
            label=str(body["label"]),
        )
        check_study(config)
        return config
    except FileNotFoundError:
        raise RunError(f"{shown}: missing, so it is no whole study; delete it") from None
    except OSError as error:
        raise RunError(f"{shown}: cannot be read ({error.strerror}); check permissions") from None
    except ConfigError as error:
        raise RunError(f"{shown}: {error}; if a newer version wrote it, upgrade") from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise RunError(f"{shown}: cannot be read as a study; take what you need, then delete it"
                       ) from None  # fmt: skip


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value


def create_study(root: Path, config: StudyConfig) -> StudyDir:
    """Make the folder of a new study, complete, before a worker starts; ConfigError where it cannot
    be done."""
    check_study(config)
    folder = study_root(root)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for _ in range(100):
            study = StudyDir(folder / new_run_id("study"))
            try:
                study.path.mkdir()
            except FileExistsError:
                continue
            try:
                study.control.mkdir()
                write_atomic(study.config_file, to_toml(config))
            except BaseException:
                shutil.rmtree(study.path, ignore_errors=True)
                raise
            return study
    raise RunError(f"{printable(str(folder))}: no free name found; choose another runs folder")


def studies(root: Path) -> list[StudyDir]:
    """All studies below the folder of the runs, newest first."""
    folder = study_root(root)
    try:
        with os.scandir(folder) as entries:
            names = [one.name for one in entries if one.is_dir() and not one.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise RunError(
            f"{printable(str(folder))}: cannot be read ({error.strerror}); choose another with "
            "--runs"
        ) from None
    return [StudyDir(folder / name) for name in sorted(names, reverse=True)]


def open_study(root: Path, name: str) -> StudyDir:
    """The study of that id, of an unambiguous beginning or end of one, or the `last`."""
    if not name.strip():
        raise RunError("the name of the study is empty: give its id, a part of it, or last")
    found = studies(root)
    if name == "last" and found:
        return found[0]
    fits = [one for one in found if one.id == name] or [
        one for one in found if one.id.startswith(name) or one.id.endswith(name)
    ]
    shown = printable(name)
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise RunError(f"'{shown}' fits {len(fits)} studies: give more of the name")
    raise RunError(f"no study '{shown}' in {printable(str(study_root(root)))}: "
                   "see `agegender-tui tune list`")  # fmt: skip
