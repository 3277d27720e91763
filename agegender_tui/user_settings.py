"""The user's own settings of the dashboard: theme and keys, in `settings.toml`.

theme = "agegender-dark"

[keys]
"runs.new" = "a"        # the ids are those of the help's table, see agegender_tui/keymap.py
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from agegender_tui.keymap import KEYS
from trainer.errors import UserError
from trainer.runs.atomic import write_atomic
from trainer.text import printable

DEFAULT_THEME = "agegender-dark"


@dataclass(frozen=True)
class UserSettings:
    """`keys` maps ids of actions to the keys that replace theirs."""

    theme: str = DEFAULT_THEME
    keys: dict[str, str] = field(default_factory=dict)


def settings_file() -> Path:
    return Path(platformdirs.user_config_dir("agegender-tui")) / "settings.toml"


def read_settings(path: Path) -> tuple[UserSettings, str]:
    """The settings, and a warning that names what could not be used ('' if all was well).

    One bad entry does not spoil the others; without a file, the defaults.
    """
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return UserSettings(), ""
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return UserSettings(), f"{path}: cannot be read ({error}); the defaults are used"
    known = {key.id for key in KEYS}
    bad = [name for name in body if name not in ("theme", "keys")]
    theme = body.get("theme", DEFAULT_THEME)
    if not isinstance(theme, str):
        bad.append("theme")
        theme = DEFAULT_THEME
    keys = {}
    table = body.get("keys", {})
    if not isinstance(table, dict):
        bad.append("keys")
        table = {}
    for name, key in table.items():
        if name in known and isinstance(key, str) and key.strip():
            keys[name] = key.strip()
        else:
            bad.append(f"keys.{name}")
    warning = f"{path}: {', '.join(map(printable, bad))} not understood, so left out" if bad else ""
    return UserSettings(theme, keys), warning


def save_theme(path: Path, theme: str) -> str:
    """Keep the choice of a theme, leaving all else in the file; '' or why it could not be kept."""
    import tomli_w

    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        body = {}
    except (OSError, ValueError):
        return f"{path}: cannot be read, so the theme is not kept; mend or delete the file"
    body["theme"] = theme
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, tomli_w.dumps({**body}))
    except (OSError, UserError) as error:
        return f"{path}: the theme is not kept ({error})"
    return ""
