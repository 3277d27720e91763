"""How a key is written in the settings, and what Textual calls it."""

from __future__ import annotations

import string

from textual.binding import Binding
from textual.keys import Keys

from agegender_tui.keymap import KEY_NAMES

_MODIFIERS = frozenset({"alt", "ctrl", "hyper", "meta", "shift", "super"})
_MARKS = {",": "comma"} | {
    mark: binding.key
    for mark in string.punctuation.replace(",", "")
    for binding in Binding.make_bindings([(mark, "")])
}
_CALLED = {called: name for name, called in KEY_NAMES.items()} | _MARKS
# `return` and `ctrl-at` are names that no terminal's key comes by; those in brackets are no keys.
_NAMED = {*_MARKS.values()} | {
    name
    for name in (key.value.rpartition("+")[2] for key in Keys)
    if len(name) > 1 and name[0] != "<" and name not in ("return", "ctrl-at")
}


def spelled(typed: str) -> str:
    """Textual's name of one key as a person writes it, `Ctrl+L`, `ESC`, `page up` or `?`; '' where
    no key is called that.

    A single character stays as it is, as `N` is another key than `n`.
    """
    *before, key = [part.strip() for part in typed.split("+")] if len(typed) > 1 else [typed]
    modifiers = sorted({modifier.lower() for modifier in before})
    if len(key) > 1 or modifiers:
        key = _CALLED.get(key.lower(), key.lower())
    if modifiers == ["shift"] and len(key) == 1:
        # A terminal sends the character that this makes; but for a letter, which one it is
        # depends on the keyboard.
        return key.upper() if key in string.ascii_lowercase else ""
    known = key in _NAMED or (len(key) == 1 and key.isprintable() and not key.isspace())
    if not known or not _MODIFIERS.issuperset(modifiers):
        return ""
    return "+".join([*modifiers, key])
