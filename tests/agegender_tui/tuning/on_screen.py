"""What the tests of the Tune screen read off it."""

from __future__ import annotations

from typing import Any

from textual.app import App

from agegender_tui.app import AgeGenderApp
from agegender_tui.screens.tune import TuneScreen
from agegender_tui.widgets.runs_table import RunsTable


def screen(app: App[Any]) -> TuneScreen:
    found = app.get_screen("tune")
    assert isinstance(found, TuneScreen)
    return found


def rows(app: AgeGenderApp, table: str = "studies") -> list[str]:
    """The rows of a table, cells joined by blanks."""
    found = screen(app).query_one(f"#{table}", RunsTable)
    return [" ".join(str(cell) for cell in found.get_row(name)).strip() for name in found.order]


def words(app: AgeGenderApp, widget: str) -> str:
    """What a `Static` of the Tune screen says."""
    return str(screen(app).query_one(widget).render())


def said(app: AgeGenderApp) -> str:
    return " | ".join(note.message for note in app._notifications)
