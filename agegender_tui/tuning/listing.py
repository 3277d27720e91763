"""The studies of a folder of runs, each with its trials. Files are read once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trainer.errors import RunError
from trainer.runs.layout import RUN_ID, STAMP, RunDir
from trainer.runs.state import read_state, shown_state
from trainer.tuning.record import StudyRecord, read_record
from trainer.tuning.study import StudyDir, studies
from trainer.tuning.trial_log import RUNNING, Trial


@dataclass(frozen=True)
class UnderWay:
    """How far the run of a trial is: its state as shown, `epoch` of `epochs` done."""

    state: str
    epoch: int
    epochs: int


@dataclass(frozen=True)
class Listed(StudyRecord):
    """`runs` tells by its number how far each trial under way is; `asked` is when, in Unix seconds,
    0 where nobody knows."""

    runs: Mapping[int, UnderWay] = field(default_factory=dict)
    asked: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether all trials asked for have ended: going on takes a larger number."""
        return self.config is not None and self.ended >= max(self.config.trials, len(self.trials))


class Listing:
    """Lists the studies below `root`; what did not change is not read again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, tuple[tuple[int, ...], Listed]] = {}

    def list(self) -> list[Listed]:
        """All of them, newest first. Raises RunError where the folder is unreadable."""
        found = [self._listed(one) for one in studies(self.root)]
        self._known = {one.id: self._known[one.id] for one in found}
        return found

    def _listed(self, study: StudyDir) -> Listed:
        stamp = tuple(map(_stamp, (study.config_file, study.state_file, study.trials_file)))
        known = self._known.get(study.id)
        # Whether a worker still lives, and how far trials are, is not to be seen by these files.
        if known is None or known[0] != stamp or known[1].status.active or known[1].runs:
            known = stamp, _read(study)
            self._known[study.id] = known
        return known[1]


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read(study: StudyDir) -> Listed:
    record = read_record(study)
    under_way = [one for one in record.trials if one.state == RUNNING]
    runs = {one.number: _under_way(study.runs_root, one) for one in under_way}
    known = {number: far for number, far in runs.items() if far}
    return Listed(**vars(record), runs=known, asked=_asked(study.id))


def _under_way(root: Path, trial: Trial) -> UnderWay | None:
    if not RUN_ID.fullmatch(trial.run):
        return None
    try:
        state = read_state(RunDir(root / trial.run))
    except RunError:  # deleted or broken: the study's worker says so in its time
        return None
    return UnderWay(shown_state(state), state.epoch, state.epochs)


def _asked(study_id: str) -> float:
    """When a study of that id was made, as its name tells in local time."""
    try:
        return time.mktime(time.strptime("-".join(study_id.split("-")[:2]), STAMP))
    except (ValueError, OverflowError):
        return 0.0
