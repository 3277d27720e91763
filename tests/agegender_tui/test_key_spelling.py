"""Keys as a person writes them come to the names that Textual knows them by."""

from __future__ import annotations

from pathlib import Path

import pytest

from agegender_tui.app import AgeGenderApp
from agegender_tui.key_spelling import spelled
from agegender_tui.keymap import KEYS, key_names
from agegender_tui.screens.new_run import NewRunScreen
from agegender_tui.user_settings import settings_file
from tests.agegender_tui.conftest import until


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("n", "n"),
        ("N", "N"),
        ("F5", "f5"),
        ("ESC", "escape"),
        ("Page Up", "pageup"),
        ("Ctrl+L", "ctrl+l"),
        ("shift+n", "N"),
        ("shift+ctrl+left", "ctrl+shift+left"),
        ("alt+/", "alt+slash"),
        ("ctrl+]", "ctrl+right_square_bracket"),
        ("+", "+"),
        ("é", "é"),
    ],
)
def test_a_key_is_understood_as_it_is_written(typed: str, key: str) -> None:
    assert spelled(typed) == key


@pytest.mark.parametrize(
    "typed", ["", " ", "\t", "nosuchkey", "f99", "ctrl+", "ctrl++", "cntrl+l", "shift+1", "return"]
)
def test_what_no_key_is_called_is_told(typed: str) -> None:
    assert spelled(typed) == ""


def test_every_key_of_the_table_can_be_written_as_the_help_writes_it() -> None:
    for key in KEYS:
        for name in key.keys.split(","):
            assert spelled(name) == name
            assert spelled(key_names(name)) in (name, key_names(name))


async def test_a_key_in_capitals_starts_a_run(tmp_path: Path) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text('[keys]\n"runs.new" = "F5"\n')
    app = AgeGenderApp(tmp_path, demo=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, NewRunScreen))
