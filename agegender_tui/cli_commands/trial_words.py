"""What the commands of `tune` say of a trial."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from trainer.errors import RunError
from trainer.runs.layout import RunDir
from trainer.runs.state import RunState, read_state, shown_state
from trainer.text import printable
from trainer.tuning.best import best_of
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.space import value_text
from trainer.tuning.study import StudyDir
from trainer.tuning.trial_log import RUNNING, Trial


def values_text(values: Mapping[str, Any]) -> str:
    """`learning_rate=0.001 batch_size=64`, as `--vary` and `train` name them."""
    return printable(" ".join(f"{name}={value_text(value)}" for name, value in values.items()))


def number_text(value: float, form: str, unit: str = "") -> str:
    """The number, '' where there is none."""
    return f"{value:{form}}{unit}" if math.isfinite(value) else ""


def figures_text(trial: Trial) -> str:
    """`5.12 years, 92.1 %`, or '' where there are none."""
    age = number_text(trial.age_mae, ".2f", " years")
    gender = number_text(100 * trial.gender_accuracy, ".1f", " %")
    return ", ".join(filter(None, (age, gender)))


def ended_line(objective: str, trial: Trial) -> str:
    """One trial that ended: number, state, value, years, %, the values tried, its text."""
    parts = [f"trial {trial.number:3}", f"{trial.state:8}"]
    if math.isfinite(trial.value):
        value = number_text(trial.value, ".3f")
        parts += [f"{OBJECTIVES[objective].title} {value}", figures_text(trial)]
    parts.append(values_text(trial.values))
    if trial.text:
        parts.append(printable(trial.text))
    return "  ".join(parts)


def now_line(study: StudyDir, objective: str, trials: Sequence[Trial], of: int) -> str:
    """What runs now, and the best so far: `trial 3 of 30: epoch 4/20; best: trial 1, …`."""
    running = [one for one in trials if one.state == RUNNING]
    now = ", ".join(f"trial {one.number} of {of}: {run_words(study, one)}" for one in running)
    if not running:
        now = f"{len(trials)} of {of} trials ended" if trials else "starting"
    best = best_of(objective, trials)
    return f"{now}; best: trial {best.number}, {figures_text(best)}" if best else now


def run_words(study: StudyDir, trial: Trial) -> str:
    """What the run of a trial under way does: `epoch 4/20`, `queued`, `lost`, …"""
    state = run_state(study, trial)
    if state is None:
        return "gone"
    shown = shown_state(state)
    if shown == "training":
        return f"epoch {min(state.epoch + 1, state.epochs)}/{state.epochs}"
    return shown


def run_state(study: StudyDir, trial: Trial) -> RunState | None:
    """The state of a trial's run; None where that is gone or not readable."""
    try:
        return read_state(RunDir(study.runs_root / trial.run)) if trial.run else None
    except RunError:
        return None
