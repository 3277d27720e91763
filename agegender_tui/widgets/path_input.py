"""A text field for a path, which proposes what begins with what is typed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from textual.suggester import Suggester

from agegender_tui.widgets.line_input import LineInput
from trainer.text import printable
from trainer.user_path import user_path

_MOST_ENTRIES = 5_000  # a folder of 24,000 faces must not stall the typing


class PathSuggester(Suggester):
    """Completes to the first that matches; the right arrow takes the proposal. Of files, those
    whose name `wanted` accepts."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._wanted = wanted

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(complete_path, value, self._wanted)


def no_file(_: str) -> bool:
    """Folders alone are proposed."""
    return False


def complete_path(typed: str, wanted: Callable[[str], bool] = no_file) -> str | None:
    """`typed` completed to the first folder or wanted file, by name, that begins with it; None
    where none does.

    Hidden ones are proposed only to who typed the dot.
    """
    head, _, start = typed.rpartition("/")
    if not typed or typed == "~":
        return None
    parent = user_path(f"{head}/" if head or typed.startswith("/") else ".")
    names: list[str] = []
    try:
        with os.scandir(parent) as entries:
            for number, entry in enumerate(entries):
                if number == _MOST_ENTRIES:
                    break
                if not entry.name.startswith(start) or entry.name == start:
                    continue
                if entry.name.startswith(".") and not start.startswith("."):
                    continue
                # Text is shown as typed, so a name that could drive the terminal is not proposed.
                if printable(entry.name) == entry.name and (wanted(entry.name) or entry.is_dir()):
                    names.append(entry.name)
    except (OSError, ValueError):
        return None
    return typed[: len(typed) - len(start)] + min(names) if names else None


class PathInput(LineInput):
    """A line for a folder, or for a file too where `wanted` accepts its name."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "folder of face images; → takes the proposal",
        wanted: Callable[[str], bool] = no_file,
        id: str | None = None,
    ) -> None:
        super().__init__(value, placeholder=placeholder, suggester=PathSuggester(wanted), id=id)
