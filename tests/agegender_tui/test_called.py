"""Sentences name the keys that the user has."""

from __future__ import annotations

from pathlib import Path

from textual.geometry import Size
from textual.widgets import Static

from agegender_tui.app import AgeGenderApp
from agegender_tui.called import called, use
from agegender_tui.keymap import KEYS
from agegender_tui.screens.too_small import sentence
from agegender_tui.user_settings import settings_file
from tests.agegender_tui.conftest import until


def test_a_key_is_called_as_in_the_table_unless_the_user_gave_another() -> None:
    assert called("app.help") == "?"
    assert called("runs.delete") == "x"
    use({"runs.delete": "d,f5"})
    assert called("runs.delete") == "d"
    use({})
    assert called("runs.delete") == "x"
    assert all(called(key.id) for key in KEYS)


def test_a_terminal_too_small_names_the_users_key_for_leaving() -> None:
    use({"app.quit": "f10"})
    assert "press f10" in sentence(Size(50, 10))
    assert "f10 quits" in sentence(Size(20, 2))


async def test_the_first_screen_names_the_users_own_keys(tmp_path: Path) -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text('[keys]\n"runs.new" = "a"\n"app.data" = "9"\n')
    app = AgeGenderApp(tmp_path, demo=True)

    def shown() -> str:
        return "\n".join(str(one.render()) for one in app.screen.query(Static))

    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "Press a to start one" in shown())
        assert "9 shows the faces" in shown()
