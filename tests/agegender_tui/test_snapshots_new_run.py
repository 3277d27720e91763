"""Pictures of the form that starts a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from agegender_tui.dataset_check import DatasetCheck
from agegender_tui.screens import new_run
from agegender_tui.screens.new_run import NewRunScreen
from agegender_tui.widgets.line_input import LineInput


class Host(App[None]):
    """The form alone, on a data set that is always the same."""

    def on_mount(self) -> None:
        self.push_screen(NewRunScreen(Path("/nowhere"), data="/data/utkface"))


@pytest.fixture(autouse=True)
def same_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    found = DatasetCheck(True, "5,000 labelled faces, 0 left out; 4,000 train / 1,000 validation")
    monkeypatch.setattr(new_run, "check_folder", lambda *_: found)


async def change_some(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    for name, typed in (("epochs", "40"), ("batch_size", "0")):
        field = pilot.app.screen.query_one(f"#field-{name} LineInput", LineInput)
        field.cursor_blink = False
        field.focus()
        await pilot.press(*typed)
    pilot.app.screen.query_one("#start").focus()
    for _ in range(3):  # what had the focus while the form was laid out may have scrolled it
        await pilot.pause()
    for column in pilot.app.screen.query("*"):
        if column.scroll_y:
            column.scroll_home(animate=False)
    await pilot.pause()


@pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (200, 60), (40, 12)], ids=lambda size: "x".join(map(str, size))
)
def test_form(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(Host(), terminal_size=size, run_before=change_some)
