"""How far the run of a trial is, by its directory alone."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trainer.errors import DamagedError, ExitCode, RunError
from trainer.runs.event_log import EventReader
from trainer.runs.events import EpochEvent
from trainer.runs.layout import RunDir
from trainer.runs.state import RunState, is_alive, read_state
from trainer.tuning.objective import Baseline, Objective, read_baseline
from trainer.tuning.trial_log import FAILED, FINISHED, STOPPED, Trial

NOT_FINITE = "its figures are no finite numbers"
HALVED = "memory ran out: its batches had 1/{} of the images"
GONE_SECONDS = 10.0  # a folder that was moved may be put back, as its worker has it


class TrialFollower:
    """Reads what is new of one trial's run. `course` has the objective after each epoch. OSError
    where a file cannot be read now."""

    def __init__(self, trial: Trial, run: RunDir, objective: Objective, device: str) -> None:
        self.trial = trial
        self.run = run
        self.device = device
        self.to_take_up = False  # where it was ended with its study
        self.killed = False  # with its study, before this worker began
        self.started_again = False
        self.unread_since = 0.0  # by the monotonic clock; 0 where all could be read
        self._there = time.monotonic()
        self._objective = objective
        self._reader = EventReader(run.events_file)
        self._epochs: dict[int, EpochEvent] = {}
        self._baseline: Baseline | None = None

    def state(self) -> RunState | None:
        """None where it cannot be read now; RunError where the run is gone or damaged."""
        try:
            state = read_state(self.run)
        except DamagedError:
            raise
        except RunError:
            try:
                gone = not self.run.path.exists()
            except OSError:
                gone = False
            if gone and time.monotonic() - self._there > GONE_SECONDS:
                raise
            if not gone:
                self._there = time.monotonic()
            return None
        self._there = time.monotonic()
        return state

    def lost(self, state: RunState) -> bool:
        return state.active and not is_alive(state)

    def read(self) -> bool:
        """Take in the epochs that are new; whether there were any."""
        before = len(self._epochs)
        while events := self._reader.read(newest_only=("batch", "system")):
            self._epochs |= {one.epoch: one for one in events if isinstance(one, EpochEvent)}
        return len(self._epochs) > before

    @property
    def course(self) -> tuple[float, ...]:
        """NaN where an epoch is missing or its figures are not finite."""
        if not self._find_baseline():
            return ()
        last = max(self._epochs, default=0)
        return tuple(map(self._value, range(1, last + 1)))

    def _find_baseline(self) -> bool:
        """Whether there is one, where the objective is measured by it."""
        if self._baseline is None and self._objective.relative:
            self._baseline = read_baseline(self.run)
        elif self._baseline is None:
            self._baseline = Baseline(math.nan, math.nan)
        return self._baseline is not None

    def _value(self, epoch: int) -> float:
        known = self._epochs.get(epoch)
        if known is None or self._baseline is None:
            return math.nan
        return self._objective.value(known.validation, self._baseline)

    def ended(self, state: RunState, kind: str = "", text: str | None = None) -> Trial:
        """The trial as its ended run has it, of that kind rather than of the run's state."""
        self.read()
        course = self.course
        trial = replace(
            self.trial, course=course, epochs=len(course), text=state.text if text is None else text
        )
        if not kind and state.state == "finished":
            return self._finished(trial, state)
        finite = {epoch: one for epoch, one in enumerate(course, 1) if math.isfinite(one)}
        if finite:
            pick = min if self._objective.lower_is_better else max
            best = pick(finite, key=lambda epoch: finite[epoch])
            trial = replace(
                _with_figures(trial, self._epochs[best].validation),
                value=finite[best],
                best_epoch=best,
            )
        kind = kind or (STOPPED if state.state == "stopped" else FAILED)
        return replace(trial, state=kind, code=state.code)

    def _finished(self, trial: Trial, state: RunState) -> Trial:
        """What counts is what the saved model does."""
        if not self._find_baseline() or self._baseline is None:
            return _unread(trial, "split.csv is missing or damaged")
        try:
            body = json.loads(self.run.metrics_file.read_bytes())
            figures, best = body["validation"], int(body["best_epoch"])
            value = self._objective.value(figures, self._baseline)
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return _unread(trial, "metrics.json is missing or damaged")
        if not math.isfinite(value):
            return replace(trial, state=FAILED, text=NOT_FINITE, code=int(ExitCode.USAGE))
        trial = _with_figures(trial, figures)
        text = HALVED.format(2**state.halved) if state.halved else ""
        return replace(trial, state=FINISHED, value=value, best_epoch=best, text=text)


def _with_figures(trial: Trial, figures: Mapping[str, Any]) -> Trial:
    return replace(
        trial,
        age_mae=float(figures["age_mae"]),
        gender_accuracy=float(figures["gender_accuracy"]),
    )


def _unread(trial: Trial, text: str) -> Trial:
    return replace(trial, state=FAILED, text=text, code=int(ExitCode.RUN))


def gone(trial: Trial, error: RunError) -> Trial:
    """A trial whose run is not there any more."""
    return replace(trial, state=FAILED, text=str(error), code=int(error.exit_code))
