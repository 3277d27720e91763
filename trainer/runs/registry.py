"""All runs of a folder, each in one row, read fast enough to list a thousand while one waits."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from trainer.config import RunConfig
from trainer.errors import ConfigError, RunError
from trainer.runs.layout import RunDir, run_ids
from trainer.runs.order import age_key
from trainer.runs.resuming import has_checkpoint
from trainer.runs.state import RunState, read_state, shown_state
from trainer.text import printable


@dataclass(frozen=True)
class RunSummary:
    """One row of the runs table; `problem` says why a run cannot be read, where it cannot.

    `has_checkpoint` is looked up where a worker is at work, or was when it died; else False.
    """

    run: RunDir
    state: str
    status: RunState
    settings: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    problem: str = ""
    has_checkpoint: bool = False

    @property
    def id(self) -> str:
        return self.run.id

    def config(self) -> RunConfig:
        """The settings as validated, without another look at the disk; RunError where the run
        cannot be read, or is from a newer version."""
        if self.problem:
            raise RunError(self.problem)
        try:
            return RunConfig.from_mapping(self.settings)
        except ConfigError as error:
            name = printable(str(self.run.config_file))
            raise RunError(f"{name}: {error}; if a newer version wrote the run, upgrade") from None


class Registry:
    """Lists the runs below `root`; settings are read once, states only when they changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._settings: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {}
        self._states: dict[str, tuple[tuple[int, int], RunState]] = {}

    def list(self) -> list[RunSummary]:
        """All runs, newest first."""
        found = [self.summary(RunDir(self.root / name)) for name in run_ids(self.root)]
        return sorted(found, key=lambda one: age_key(one.id, one.status.created), reverse=True)

    def summary(self, run: RunDir) -> RunSummary:
        try:
            status = self._status(run)
            settings = self._config(run)
        except RunError as error:
            return RunSummary(run, "broken", RunState(), problem=str(error))
        return RunSummary(
            run,
            shown_state(status),
            status,
            settings,
            _label(run, settings),
            has_checkpoint=status.active and has_checkpoint(run),
        )

    def _status(self, run: RunDir) -> RunState:
        try:
            stat = run.state_file.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
        except OSError:
            return read_state(run)
        known = self._states.get(run.id)
        if known is None or known[0] != stamp:
            known = (stamp, read_state(run))
            self._states[run.id] = known
        return known[1]

    def _config(self, run: RunDir) -> dict[str, Any]:
        try:
            stat = run.config_file.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            known = self._settings.get(run.id)
            if known is None or known[0] != stamp:  # a user may edit them before a resume
                known = (stamp, _parsed(run.config_file.read_text("utf-8")))
                self._settings[run.id] = known
        except (FileNotFoundError, ValueError):
            raise RunError(f"{_name(run)}: missing or damaged; {run.to_keep()}") from None
        except OSError as error:
            raise RunError(
                f"{_name(run)}: cannot be read ({error.strerror}); check permissions"
            ) from None
        return known[1]


def _name(run: RunDir) -> str:
    return printable(str(run.config_file))


def _parsed(text: str) -> dict[str, Any]:
    """`tomllib.loads(text)`, in a tenth of the time where other runs have the same lines."""
    settings: dict[str, Any] = {}
    try:
        for line in text.split("\n"):
            for name, value in _line(line):
                if name in settings or isinstance(value, dict):
                    raise ValueError(name)
                settings[name] = value
    except ValueError:  # not one setting a line, as `to_toml` writes it
        return tomllib.loads(text)
    return settings


@lru_cache(maxsize=4096)
def _line(line: str) -> tuple[tuple[str, Any], ...]:
    return tuple(tomllib.loads(line).items())


def _label(run: RunDir, settings: dict[str, Any]) -> str:
    try:
        # As bytes: few runs have the file, and a text file costs more to fail to open.
        return run.label_file.read_bytes().decode("utf-8").strip()
    except (OSError, ValueError):
        return str(settings.get("label", ""))
