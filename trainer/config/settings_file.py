"""The settings as a TOML file."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from trainer.config.run_config import SETTINGS, RunConfig
from trainer.errors import ConfigError
from trainer.text import printable


def to_toml(config: RunConfig) -> str:
    """The settings as TOML, one table, each with its meaning as a comment."""
    lines = ["# All settings of this run, as validated."]
    for name, value in dataclasses.asdict(config).items():
        setting = SETTINGS[name]
        notes = [setting.meaning, setting.unit, setting.range_text()]
        lines.append(f"{tomli_w.dumps({name: value}).strip()}  # {'; '.join(filter(None, notes))}")
    return "\n".join(lines) + "\n"


def from_toml(path: Path) -> RunConfig:
    """Read a settings file; raise ConfigError naming the file and what is wrong in it."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except RecursionError:  # of brackets without end
        raise ConfigError(f"{printable(str(path))}: cannot be read as settings") from None
    except OSError as error:
        raise ConfigError(f"{printable(str(path))}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{printable(str(path))}: cannot be read as settings ({error})") from None
    if values.get("model") == "B" and _before_members(values):
        values["branches"] = 0
    try:
        return RunConfig.from_mapping(values)
    except ConfigError as error:
        raise ConfigError(f"{printable(str(path))}: {error}", error.setting) from None


def _before_members(values: dict[str, Any]) -> bool:
    """Whether these are the settings of a run from before model B had `branches`, which it ignored
    until then: all settings were written, with those of A alone, and `members` was none of them."""
    return "members" not in values and {"residual", "squeeze", "pooling"} <= values.keys()
