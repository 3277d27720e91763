"""A path as it is typed, or pasted by a terminal that a file was dropped on."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

from trainer.user_path import absolute_path


def typed_path(typed: str) -> Path:
    """The path that is meant, from the root on. Where nothing lies at what is typed, one word in
    quotes or with backslashes is read as a shell does, and a `file://` URL as its path. Raises
    StorageError as `absolute_path` does."""
    path = absolute_path(typed)
    if os.path.lexists(path):
        return path
    try:
        words = shlex.split(typed)
    except ValueError:  # a quote that is part of a name
        words = []
    word = words[0] if len(words) == 1 and words[0] else typed
    if word.startswith("file://"):
        word = unquote(urlsplit(word).path, errors="surrogateescape")
    return absolute_path(word)
