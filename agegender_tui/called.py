"""What keys are called in the sentences of the screens, as the user may have given them others."""

from __future__ import annotations

from collections.abc import Mapping

from agegender_tui.keymap import KEYS, key_names

_OF = {key.id: key.keys for key in KEYS}
_remapped: dict[str, str] = {}


def use(remapped: Mapping[str, str]) -> None:
    """From now on keys are those of the user's settings: id to keys."""
    _remapped.clear()
    _remapped.update(remapped)


def called(key_id: str) -> str:
    """The first key of an action, `n` for `runs.new`."""
    return key_names(_remapped.get(key_id, _OF[key_id]).split(",")[0])
