"""A trial as the settings of a run of its own."""

from __future__ import annotations

from agegender_tui.tuning.listing import Listed
from trainer.config import RunConfig
from trainer.errors import RunError
from trainer.runs.layout import short_name
from trainer.tuning.trial_log import Trial


def promoted(one: Listed, trial: Trial) -> RunConfig:
    """What the study keeps, with the trial's values: no trial any more, but a run that says where
    its settings come from. RunError where the study cannot be read, ConfigError where values and
    settings do not go together."""
    if one.config is None:
        raise RunError(one.problem)
    label = f"from trial {trial.number} of {short_name(one.id)}"
    return one.config.base.replace(**trial.values, label=label, study="", group="")
