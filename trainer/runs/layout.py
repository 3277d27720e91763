"""Where things lie in a run directory, and how one is made.

runs/20261123-201500-A-k3f9/
  config.toml          all settings, immutable
  state.json           see state.py; replaced atomically
  events.jsonl         see events.py; append-only
  control/             see control.py; one file a command
  checkpoints/         see trainer/training/checkpoint.py
  age_gender_A.keras   the finished model (best weights)
  history.csv  curves.png  metrics.json  predictions.csv  predictions_flipped.csv
  calibration.json  model_card.md
  split.csv  environment.json  worker.log
  label.txt            free text a user may change later
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from trainer.config import SETTINGS, RunConfig, from_toml, to_toml
from trainer.errors import ConfigError, RunError
from trainer.runs.atomic import storage_errors, write_atomic
from trainer.text import printable
from trainer.user_path import absolute_path, user_path

RUN_ID = re.compile(r"\d{8}-\d{6}-([A-Za-z0-9_]+)-([a-z0-9]{4})")
STAMP = "%Y%m%d-%H%M%S"
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def runs_root(chosen: str | os.PathLike[str] | None = None) -> Path:
    """The folder of all runs: the one chosen, else `AGEGENDER_RUNS`, else `./runs`."""
    root = chosen or os.environ.get("AGEGENDER_RUNS") or "runs"
    return absolute_path(root)


def short_name(model: str) -> str:
    """A run's id without its time, `A kez2`; the names of other models as they are."""
    run = RUN_ID.fullmatch(model)
    return f"{run[1]} {run[2]}" if run else printable(model)


@dataclass(frozen=True)
class RunDir:
    """The paths of one run."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def config_file(self) -> Path:
        return self.path / "config.toml"

    @property
    def state_file(self) -> Path:
        return self.path / "state.json"

    @property
    def events_file(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def control(self) -> Path:
        return self.path / "control"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def history_file(self) -> Path:
        return self.path / "history.csv"

    @property
    def curves_file(self) -> Path:
        return self.path / "curves.png"

    @property
    def metrics_file(self) -> Path:
        return self.path / "metrics.json"

    @property
    def predictions_file(self) -> Path:
        return self.path / "predictions.csv"

    @property
    def flipped_predictions_file(self) -> Path:
        return self.path / "predictions_flipped.csv"

    @property
    def calibration_file(self) -> Path:
        return self.path / "calibration.json"

    @property
    def card_file(self) -> Path:
        return self.path / "model_card.md"

    @property
    def split_file(self) -> Path:
        return self.path / "split.csv"

    @property
    def environment_file(self) -> Path:
        return self.path / "environment.json"

    @property
    def log_file(self) -> Path:
        return self.path / "worker.log"

    @property
    def label_file(self) -> Path:
        return self.path / "label.txt"

    def model_file(self, model: str) -> Path:
        return self.path / f"age_gender_{model}.keras"

    def to_keep(self) -> str:
        """What to do with a run that is damaged: delete it, but for what is still good."""
        models = [self.model_file(name) for name in SETTINGS["model"].choices]
        for model in models:
            if model.exists():
                return f"copy its model {model.name} elsewhere, then delete the run"
        if self.history_file.exists() or self.events_file.exists():
            return "take what you need, then delete it"
        return "the run is only half written: delete it"

    def config(self) -> RunConfig:
        """The settings; RunError if the directory is half written or from a newer version."""
        try:
            there = self.config_file.exists()
        except OSError as error:
            raise RunError(
                f"{printable(str(self.config_file))}: cannot be read ({error.strerror}); "
                "check permissions"
            ) from None
        if not there:
            raise RunError(
                f"{printable(str(self.path))}: has no config.toml, so it is not a whole run; "
                "start a new run instead"
            )
        try:
            return from_toml(self.config_file)
        except ConfigError as error:
            raise RunError(f"{error}; if a newer version wrote the run, upgrade") from None

    def label(self) -> str:
        """The user's label: the edited one if there is one, else the one it started with."""
        try:
            return self.label_file.read_text(encoding="utf-8").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return self.config().label

    def set_label(self, text: str) -> None:
        write_atomic(self.label_file, " ".join(text.split()) + "\n")


def newest_position(run: RunDir) -> tuple[int, int]:
    """Epoch and steps of it after which the newest checkpoint goes on, by its name; of a run that
    has none (1, 0)."""
    try:
        epoch, _, step = (run.checkpoints / "latest").read_text().strip().partition("-")
        return int(epoch), int(step)
    except (OSError, ValueError):
        return 1, 0


def new_run_id(model: str, now: float | None = None) -> str:
    """Local time of the start, and unlike any other: `20261123-201500-A-k3f9`."""
    stamp = time.strftime(STAMP, time.localtime(now))
    return f"{stamp}-{model}-{''.join(secrets.choice(_ALPHABET) for _ in range(4))}"


def create_run(root: Path, config: RunConfig) -> RunDir:
    """Make the directory of a new run, complete with its settings, before any worker starts."""
    with storage_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        for _ in range(100):
            run = RunDir(root / new_run_id(config.model))
            try:
                run.path.mkdir()
            except FileExistsError:
                continue
            try:
                run.control.mkdir()
                run.checkpoints.mkdir()
                write_atomic(run.config_file, to_toml(config))
            except BaseException:
                shutil.rmtree(run.path, ignore_errors=True)  # no half a run on a full disk
                raise
            return run
    raise RunError(f"{printable(str(root))}: no free run name found; choose another runs folder")


def open_run(root: Path, name: str) -> RunDir:
    """Find a run by path, id, any unambiguous end or beginning of its id, or as the `last` one."""
    if not name.strip():  # a script's variable that is not set must not mean the only run there is
        raise RunError("the name of the run is empty: give its id, a part of it, or last")
    as_path = user_path(name)
    if os.path.isdir(as_path) and (  # noqa: PTH112 - Path raises on a name too long
        os.sep in name or Path(as_path, "config.toml").exists()
    ):
        return RunDir(Path(as_path).absolute())
    ids = run_ids(root)
    if name == "last" and ids:
        from trainer.runs.order import newest_first  # which reads states, and they lie in runs

        return RunDir(root / newest_first(root, 1)[0])
    matches = [i for i in ids if i == name] or [
        i for i in ids if i.startswith(name) or i.endswith(name)
    ]
    if len(matches) == 1:
        return RunDir(root / matches[0])
    shown = printable(name)
    if matches:
        raise RunError(f"'{shown}' fits {len(matches)} runs: give more of the name")
    raise RunError(f"no run '{shown}' in {printable(str(root))}: see `agegender-tui runs`")


def run_ids(root: Path) -> list[str]:
    """Ids of all run directories, sorted; see order.py for which is older."""
    try:
        with os.scandir(root) as entries:
            return sorted(e.name for e in entries if RUN_ID.fullmatch(e.name) and _is_folder(e))
    except FileNotFoundError:
        return []
    except NotADirectoryError:
        raise RunError(
            f"{printable(str(root))}: is no folder, or lies in none; choose another with --runs"
        ) from None
    except PermissionError:
        raise RunError(
            f"{printable(str(root))}: no permission to read it; choose another with --runs"
        ) from None
    except OSError as error:
        raise RunError(
            f"{printable(str(root))}: cannot be read ({error.strerror}); choose another with --runs"
        ) from None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False
