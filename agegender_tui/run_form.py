"""What the form that starts a run knows: values as typed, their errors, the preset, the command.

Pure: no widgets. The values of the form are text for text and numbers, and booleans for switches.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from trainer.config import SETTINGS, RunConfig, check_sense, parse_setting
from trainer.data.registered import resolve
from trainer.errors import ConfigError, UserError
from trainer.presets import PRESETS
from trainer.text import printable

Value = str | bool
Values = dict[str, Value]

CHANGED_MARK = "◆"
COMMON = ("epochs", "batch_size", "learning_rate")
# The preset chooses the model; data and label belong to the run, not to the recipe. One that the
# form starts is no repeat of others and no trial: the command line and Tune make these.
_NOT_RECIPE = ("model", "preset", "data", "label", "group", "study")
RECIPE = tuple(name for name in SETTINGS if name not in _NOT_RECIPE)


@dataclass(frozen=True)
class Checked:
    """The settings the form stands for, or None and one sentence for each field that is wrong.
    `data` is the data set as the worker needs it, empty while that field is wrong."""

    config: RunConfig | None
    errors: dict[str, str] = field(default_factory=dict)
    data: str = ""


def groups() -> dict[str, list[str]]:
    """The settings below the common ones, by group, in declaration order."""
    grouped: dict[str, list[str]] = {}
    for name in RECIPE:
        if name not in COMMON:
            grouped.setdefault(SETTINGS[name].group, []).append(name)
    return grouped


def used_by(model: str) -> set[str]:
    """The settings that a run of that network uses: the others need not be asked for."""
    return {name for name in RECIPE if SETTINGS[name].applies(model)}


def value_text(value: object) -> str:
    """A setting as one would type it, without losing digits: `0.001`, `170`, `on`."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value)


def values_of(config: RunConfig) -> Values:
    """The form filled with these settings."""
    return {
        name: value if isinstance(value, bool) else value_text(value)
        for name, value in dataclasses.asdict(config).items()
        if name not in ("group", "study")
    }


def preset_of(config: RunConfig) -> str:
    """The preset to start the form from: the one the settings name if it still exists and they did
    not change its network, else the first of the same network."""
    fitting = [name for name, one in PRESETS.items() if one.config.model == config.model]
    return config.preset if config.preset in fitting else fitting[0]


def check(values: Mapping[str, Value]) -> Checked:
    """Every field by itself, then all together."""
    errors: dict[str, str] = {}
    for name in SETTINGS:
        if name in values:
            try:
                parse_setting(name, values[name])
            except ConfigError as error:
                errors[name] = str(error)
    data = ""
    if not str(values.get("data", "")).strip():
        errors["data"] = "choose the folder of faces to train on, or the bundled sample faces"
    else:
        # With its whole path and without a registered name: a run may be resumed from another
        # working folder, and on its own.
        try:
            data = str(resolve(str(values["data"])))
        except UserError as error:
            errors["data"] = str(error)
    if errors:
        return Checked(None, errors, data)
    try:
        config = RunConfig.from_mapping({**values, "data": data})
        check_sense(config)
    except ConfigError as error:
        return Checked(None, {error.setting or "preset": str(error)}, data)
    return Checked(config, data=data)


def differs(name: str, value: Value, preset: str) -> bool:
    """Whether a value is another one than the preset's; what cannot be read differs."""
    if name not in RECIPE:
        return False
    try:
        return bool(parse_setting(name, value) != getattr(PRESETS[preset].config, name))
    except ConfigError:
        return True


def changed(values: Mapping[str, Value]) -> list[str]:
    """The settings that differ from the chosen preset, in declaration order."""
    preset = str(values["preset"])
    return [name for name in RECIPE if name in values and differs(name, values[name], preset)]


def with_preset(values: Mapping[str, Value], preset: str) -> Values:
    """The form after choosing a preset: what the user changed stays, the rest follows, and so does
    what cannot be read where the form has no field any more to mend it in."""
    fields = used_by(PRESETS[preset].config.model)
    stays = [name for name in changed(values) if name in fields or _readable(name, values[name])]
    kept = {name: values[name] for name in (*stays, "data", "label")}
    return {**values_of(PRESETS[preset].config), **kept, "preset": preset}


def _readable(name: str, value: Value) -> bool:
    try:
        parse_setting(name, value)
    except ConfigError:
        return False
    return True


def reset(values: Mapping[str, Value]) -> Values:
    """The form with every setting as the chosen preset has it; data and label stay."""
    preset = str(values["preset"])
    kept = {name: values[name] for name in ("data", "label")}
    return {**values_of(PRESETS[preset].config), **kept, "preset": preset}


def describe(name: str, preset: str, is_changed: bool) -> str:
    """Range, unit and default, which is the preset's value, in one line; a mark if changed."""
    setting = SETTINGS[name]
    parts = [
        " ".join(filter(None, [setting.range_text(), setting.unit])),
        f"default {value_text(getattr(PRESETS[preset].config, name)) or 'empty'}",
        f"{CHANGED_MARK} changed" if is_changed else "",
    ]
    return " · ".join(filter(None, parts))


def command_line(values: Mapping[str, Value]) -> str:
    """The command that starts the same run from a shell, with only what differs from the preset."""
    words = ["agegender-tui", "train", *_option("preset", values["preset"])]
    words += _option("data", str(values["data"]).strip() or "FOLDER")
    if str(values["label"]):
        words += _option("label", values["label"])
    fields = used_by(PRESETS[str(values["preset"])].config.model)
    for name in changed(values):
        if name in fields:  # what the form keeps of the other model is without effect
            words += _option(name, values[name])
    return printable(shlex.join(words))


def cut_to(text: str, width: int, rows: int) -> str:
    """The text as it wraps to `width` columns, at most `rows` of them; … stands for what is left
    out, so that nobody copies a part for the whole."""
    lines = list(Text(text).wrap(Console(width=width), width))
    if len(lines) <= rows:
        return text
    last = lines[rows - 1]
    last.rstrip()
    last.truncate(width - 2)
    return "\n".join([*(line.plain.rstrip() for line in lines[: rows - 1]), f"{last.plain} …"])


def _option(name: str, value: Value) -> list[str]:
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{option}" if value else f"--no-{option}"]
    text = value if name in ("data", "label") else value.strip()
    # Joined by '=', a value that begins with '-' is not taken for an option.
    return [f"--{option}={text}"] if text.startswith("-") or not text else [f"--{option}", text]
