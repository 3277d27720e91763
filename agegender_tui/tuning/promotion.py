"""A trial as the settings of a run of its own, of full length."""

from __future__ import annotations

from typing import Any

from agegender_tui.tuning.listing import Listed
from trainer.config import RunConfig
from trainer.errors import RunError
from trainer.presets import PRESETS
from trainer.runs.layout import short_name
from trainer.tuning.study import StudyConfig
from trainer.tuning.trial_log import Trial


def promoted(one: Listed, trial: Trial) -> RunConfig:
    """What the study keeps, with the trial's values and as many epochs as its preset has: no trial
    any more, but a run that says where its settings come from. RunError where the study cannot be
    read, ConfigError where values and settings do not go together."""
    if one.config is None:
        raise RunError(one.problem)
    label = f"from trial {trial.number} of {short_name(one.id)}"
    own: dict[str, Any] = {"label": label, "study": "", "group": ""}
    if epochs := full_length(one.config, trial):
        own["epochs"] = epochs
    return one.config.base.replace(**{**trial.values, **own})


def full_length(config: StudyConfig, trial: Trial) -> int:
    """The epochs of the preset, where trials had fewer and their number was not varied; else 0."""
    preset = PRESETS.get(config.base.preset)
    if preset is None or "epochs" in trial.values:
        return 0
    return preset.config.epochs if preset.config.epochs > config.base.epochs else 0
