"""What the form that starts a study knows: values as typed, their errors, the study.

Pure: no widgets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from agegender_tui.run_form import value_text
from trainer.config import RunConfig, parse_setting
from trainer.data.registered import resolve
from trainer.errors import ConfigError, UserError
from trainer.presets import DEMO, preset
from trainer.tuning.going_together import good_point
from trainer.tuning.objective import OBJECTIVES
from trainer.tuning.space import Choices, Space, parse_pairs, proposed_space
from trainer.tuning.study import MOST_TRIALS, StudyConfig, check_study, startup_for, trial_epochs

Value = TypeVar("Value")
TRIALS, DEMO_TRIALS = 30, 12
SYNTAX = "one setting = range a line: LOW..HIGH, LOW..HIGH:log, or choices as A/B/C"


@dataclass(frozen=True)
class Asked:
    """The fields as typed: `devices` with commas or blanks between them, `space` as lines of
    `setting = range`."""

    preset: str
    data: str = ""
    trials: str = str(TRIALS)
    epochs: str = ""
    objective: str = next(iter(OBJECTIVES))
    prune: bool = True
    seed: str = "1"
    devices: str = "auto"
    label: str = ""
    space: str = ""


# Settings of a preset that more epochs make good.
_WITHIN_EPOCHS = ("warmup_epochs", "heads_first")
_TOO_FEW = "epochs is {}, not more than the preset has for {}: give more"
FIELDS = tuple(one.name for one in fields(Asked))


@dataclass(frozen=True)
class Checked:
    """The study the form stands for, or None and a sentence for each field that is wrong. `data` is
    the data set as a worker needs it, '' while that field is wrong; `batch_size` the largest that
    is asked for, 0 while that is not known."""

    config: StudyConfig | None
    errors: dict[str, str] = field(default_factory=dict)
    data: str = ""
    batch_size: int = 1


def proposed(data: str, demo: bool) -> Asked:
    """The form at first."""
    name = DEMO if demo else "A"
    trials = DEMO_TRIALS if demo else TRIALS
    asked = Asked(name, data, str(trials), space=space_text(name))
    return replace(asked, epochs=epochs_text(name))


def epochs_text(preset_name: str) -> str:
    """The epochs proposed for the trials of a preset."""
    return value_text(trial_epochs(preset(preset_name).epochs))


def space_text(preset_name: str) -> str:
    """The space proposed for a preset, as one would type it."""
    space = proposed_space(preset(preset_name))
    return "\n".join(f"{name} = {domain}" for name, domain in space.items())


def with_preset(asked: Asked, name: str) -> Asked:
    """The form after choosing a preset: what was typed stays, what was proposed follows."""
    epochs, space = asked.epochs, asked.space
    if epochs == epochs_text(asked.preset):
        epochs = epochs_text(name)
    if space.strip() == space_text(asked.preset):
        space = space_text(name)
    return replace(asked, preset=name, epochs=epochs, space=space)


def check(asked: Asked) -> Checked:
    """Every field by itself, then all together."""
    errors: dict[str, str] = {}

    def tried(name: str, parse: Callable[[], Value], otherwise: Value) -> Value:
        try:
            return parse()
        except UserError as error:
            errors[name] = str(error)
            return otherwise

    base = preset(asked.preset)
    data = tried("data", lambda: _data(asked.data), "")
    trials = tried("trials", lambda: _trials(asked.trials), TRIALS)
    epochs = tried("epochs", lambda: parse_setting("epochs", asked.epochs), base.epochs)
    seed = tried("seed", lambda: parse_setting("seed", asked.seed), 1)
    devices: tuple[str, ...] = tried("devices", lambda: _devices(asked.devices), ())
    space: Space = tried("space", lambda: parse_pairs(asked.space.splitlines()), {})
    batch_size = _largest_batch(base, space)
    if errors:
        return Checked(None, errors, data, batch_size)
    given = {"data": data, "epochs": epochs}
    try:
        config = StudyConfig(
            base.replace(**{**given, **good_point(space, base, given)}),
            space,
            trials,
            asked.objective,
            asked.prune,
            startup_for(trials),
            seed,
            devices=devices,
            label=" ".join(asked.label.split()),
        )
        check_study(config)
    except ConfigError as error:
        where = _field_of(error, space)
        said = _TOO_FEW.format(epochs, error.setting) if where == "epochs" else str(error)
        return Checked(None, {where: said}, data, batch_size)
    return Checked(config, {}, data, batch_size)


def _largest_batch(base: RunConfig, space: Space) -> int:
    """Which a data set must have faces for."""
    domain = space.get("batch_size")
    if domain is None:
        return base.batch_size
    return int(max(domain.values) if isinstance(domain, Choices) else domain.high)


def _field_of(error: ConfigError, space: Space) -> str:
    """The field that an error about all of them together belongs to."""
    name = "devices" if error.setting == "device" else error.setting
    if name in _WITHIN_EPOCHS and name not in space:
        return "epochs"
    if name in FIELDS and name not in space:
        return str(name)
    return "space" if name in space or not name else "preset"


def _data(typed: str) -> str:
    if not typed.strip():
        raise ConfigError("choose the folder of faces to train on", "data")
    return str(resolve(typed))


def _trials(typed: str) -> int:
    if not re.fullmatch(r"\d{1,6}", typed.strip()) or not 1 <= int(typed) <= MOST_TRIALS:
        raise ConfigError(f"trials is '{typed.strip()}': give 1 to {MOST_TRIALS}", "trials")
    return int(typed)


def _devices(typed: str) -> tuple[str, ...]:
    names = tuple(filter(None, re.split(r"[,\s]+", typed)))
    if not names:
        raise ConfigError("devices is empty: give auto, cpu or gpu:0, gpu:1", "devices")
    for name in names:
        parse_setting("device", name)
    return names
