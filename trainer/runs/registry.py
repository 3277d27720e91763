"""All runs of a folder, each in one row, read fast enough to list a thousand while one waits."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.errors import RunError
from trainer.runs.layout import RunDir, run_ids
from trainer.runs.state import RunState, read_state, shown_state


@dataclass(frozen=True)
class RunSummary:
    """One row of the runs table; `problem` says why a run cannot be read, where it cannot."""

    run: RunDir
    state: str
    status: RunState
    settings: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    problem: str = ""

    @property
    def id(self) -> str:
        return self.run.id


class Registry:
    """Lists the runs below `root`; settings are read once, states only when they changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._settings: dict[str, dict[str, Any]] = {}
        self._states: dict[str, tuple[tuple[int, int], RunState]] = {}

    def list(self) -> list[RunSummary]:
        """All runs, newest first."""
        return [self.summary(RunDir(self.root / name)) for name in reversed(run_ids(self.root))]

    def summary(self, run: RunDir) -> RunSummary:
        try:
            status = self._status(run)
            settings = self._config(run)
        except RunError as error:
            return RunSummary(run, "broken", RunState(), problem=str(error))
        return RunSummary(run, shown_state(status), status, settings, _label(run, settings))

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
        if run.id not in self._settings:
            try:
                self._settings[run.id] = tomllib.loads(run.config_file.read_text("utf-8"))
            except (OSError, ValueError):
                raise RunError(f"{run.config_file}: missing or damaged; delete the run") from None
        return self._settings[run.id]


def _label(run: RunDir, settings: dict[str, Any]) -> str:
    try:
        return run.label_file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return str(settings.get("label", ""))
