"""The user's settings for a command, which has no dashboard to show what is wrong with them."""

from __future__ import annotations

import sys

from agegender_tui.user_settings import UserSettings, read_settings, settings_file
from trainer.text import printable


def told_settings() -> UserSettings:
    """The settings; what could not be used of them is told on the error stream."""
    settings, warning = read_settings(settings_file())
    if warning:
        print(printable(warning), file=sys.stderr, flush=True)
    return settings
