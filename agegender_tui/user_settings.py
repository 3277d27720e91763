"""The user's own settings: theme, pictures, keys and where VGG16's weights lie: `settings.toml`.

theme = "agegender-dark"
pictures = "auto"       # or kitty, sixel, blocks, words
vgg16_weights = "~/models/vgg16_notop.h5"   # for runs of model B that name no file themselves

[keys]
"runs.new" = "a, F5"    # the ids are those of the help's table, see agegender_tui/keymap.py
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from agegender_tui.key_spelling import spelled
from agegender_tui.keymap import KEYS, clashes, key_names
from trainer.errors import UserError
from trainer.runs.atomic import ANOTHER_CONFIG, write_atomic
from trainer.terminal_pictures import AUTO, PROTOCOLS
from trainer.text import printable

DEFAULT_THEME = "agegender-dark"
ENCODING = "utf-8-sig"  # some editors put a mark before the text


@dataclass(frozen=True)
class UserSettings:
    """`keys` maps ids of actions to the keys that replace theirs; `vgg16_weights` is a file, ''
    where none is named."""

    theme: str = DEFAULT_THEME
    keys: dict[str, str] = field(default_factory=dict)
    vgg16_weights: str = ""
    pictures: str = AUTO


def settings_file() -> Path:
    return Path(platformdirs.user_config_dir("agegender-tui")) / "settings.toml"


def read_settings(path: Path) -> tuple[UserSettings, str]:
    """The settings, and a warning that names what could not be used ('' if all was well).

    One bad entry does not spoil the others; without a file, the defaults.
    """
    try:
        body = tomllib.loads(path.read_text(encoding=ENCODING))
    except FileNotFoundError:
        return UserSettings(), ""
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return UserSettings(), f"{path}: cannot be read ({error}); the defaults are used"
    texts = {"theme": DEFAULT_THEME, "vgg16_weights": ""}
    bad = [printable(name) for name in body if name not in (*texts, "pictures", "keys")]
    for name in texts:
        value = body.get(name, texts[name])
        if isinstance(value, str):
            texts[name] = value
        else:
            bad.append(name)
    pictures = body.get("pictures", AUTO)
    if pictures not in (AUTO, *PROTOCOLS):
        bad.append(f"pictures ({printable(str(pictures))} is none of {', '.join(PROTOCOLS)})")
        pictures = AUTO
    keys, bad_keys = _keys(body.get("keys", {}))
    bad += bad_keys
    warning = f"{path}: left out, as not understood: {', '.join(bad)}" if bad else ""
    return UserSettings(texts["theme"], keys, texts["vgg16_weights"], pictures), warning


def _keys(table: object) -> tuple[dict[str, str], list[str]]:
    """The usable entries of `[keys]`, and words on each that is not."""
    if not isinstance(table, dict):
        return {}, ["keys"]
    known = {key.id for key in KEYS}
    keys: dict[str, str] = {}
    bad = []
    for name, key in _flat(table):
        parts = [part.strip() for part in key.split(",")] if isinstance(key, str) else [""]
        unknown = next((part for part in parts if not spelled(part)), None)
        if name not in known or unknown == "":
            bad.append(f"keys.{printable(name)}")
        elif unknown is not None:
            bad.append(f"keys.{name} ({printable(unknown)} is no key)")
        else:
            keys[name] = ",".join(map(spelled, parts))
    while shared := clashes(keys):
        name, (key, other) = next(iter(shared.items()))
        del keys[name]
        bad.append(f"keys.{name} ({printable(key_names(key))} is the key of {other})")
    return keys, bad


def _flat(table: dict[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """(id, key) of each entry: unquoted, TOML reads `runs.new = "a"` as a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def save_theme(path: Path, theme: str) -> str:
    """Keep the choice of a theme, leaving all else in the file; '' or why it could not be kept."""
    try:
        text = path.read_text(encoding=ENCODING)
        tomllib.loads(text)
    except FileNotFoundError:
        text = ""
    except (OSError, ValueError):
        return f"{path}: cannot be read, so the theme is not kept; mend or delete the file"
    try:
        path = path.resolve()  # a link stays one, to the file that the user keeps elsewhere
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, with_theme(text, theme), elsewhere=ANOTHER_CONFIG)
    except (OSError, UserError) as error:
        return f"{path}: the theme is not kept ({error})"
    return ""


def with_theme(text: str, theme: str) -> str:
    """The text of a settings file with `theme` set; comments and all else as they were."""
    line = f'theme = "{theme}"'
    lines = text.splitlines()
    for place, old in enumerate(lines):
        if old.lstrip().startswith("["):
            break
        if re.match(r"""\s*(["']?)theme\1\s*=""", old):
            lines[place] = line
            return "\n".join(lines) + "\n"
    return "\n".join([line, *lines]) + "\n"
