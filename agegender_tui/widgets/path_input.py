"""A text field for a folder, which proposes the folders that begin with what is typed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from textual.suggester import Suggester

from agegender_tui.widgets.line_input import LineInput

_MOST_ENTRIES = 5_000  # a folder of 24,000 faces must not stall the typing


class FolderSuggester(Suggester):
    """Completes to the first matching folder; the right arrow takes the proposal."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(complete_folder, value)


def complete_folder(typed: str) -> str | None:
    """`typed` completed to the first folder, by name, that begins with it; None where none does.

    Hidden folders are proposed only to who typed the dot.
    """
    head, _, start = typed.rpartition("/")
    if not typed or typed == "~":
        return None
    parent = Path(f"{head}/" if head or typed.startswith("/") else ".").expanduser()
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
                if entry.name.isprintable() and entry.is_dir():
                    names.append(entry.name)
    except (OSError, ValueError, RuntimeError):
        return None
    return typed[: len(typed) - len(start)] + min(names) if names else None


class PathInput(LineInput):
    """A line for a folder."""

    def __init__(self, value: str = "", *, id: str | None = None) -> None:
        super().__init__(
            value,
            placeholder="folder of face images; → takes the proposal",
            suggester=FolderSuggester(),
            id=id,
        )
