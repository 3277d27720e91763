"""The settings of a run: every one declared once, with meaning, unit, range and default.

The form, the command line, `config.toml` and the validation are all made from `RunConfig`.
Imports in milliseconds: the dashboard uses it.
"""

from trainer.config.filters import IMAGE_SIZE, parse_filters
from trainer.config.run_config import (
    FEATURES_TRADE,
    FIELDS,
    SETTINGS,
    RunConfig,
    default_of,
    differences,
    parse_setting,
)
from trainer.config.setting import Setting
from trainer.config.settings_file import from_toml, to_toml
from trainer.config.together import check_sense

__all__ = [
    "FEATURES_TRADE",
    "FIELDS",
    "IMAGE_SIZE",
    "SETTINGS",
    "RunConfig",
    "Setting",
    "check_sense",
    "default_of",
    "differences",
    "from_toml",
    "parse_filters",
    "parse_setting",
    "to_toml",
]
