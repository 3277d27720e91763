"""The form that starts a study, driven by keys."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Switch, TextArea

from agegender_tui import launch_study
from agegender_tui.app import AgeGenderApp
from agegender_tui.dataset_check import DatasetCheck
from agegender_tui.screens import new_study
from agegender_tui.screens.new_study import NewStudyScreen
from tests.agegender_tui.conftest import PATIENCE, until
from tests.agegender_tui.tuning.conftest import make_study
from tests.agegender_tui.tuning.on_screen import rows, said, screen
from trainer.data.sample import sample_folder
from trainer.errors import RunError
from trainer.tuning.study import StudyConfig, StudyDir

NARROW = (80, 24)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[StudyConfig]:
    """The studies that were started: their folders are made, but no workers."""
    found: list[StudyConfig] = []

    def start(root: Path, config: StudyConfig) -> StudyDir:
        found.append(config)
        return make_study(root, name="20261128-120000-study-new1", course=(), state="waiting")

    monkeypatch.setattr(launch_study, "start", start)
    return found


async def form_of(pilot: Pilot[int], app: AgeGenderApp) -> NewStudyScreen:
    await until(pilot, lambda: len(app.screen_stack) > 1)
    await pilot.press("6")
    await until(pilot, lambda: app.is_screen_installed("tune") and screen(app).listed)
    await pilot.press("n")
    await until(pilot, lambda: isinstance(app.screen, NewStudyScreen) and app.screen.is_mounted)
    await pilot.pause()
    assert isinstance(app.screen, NewStudyScreen)
    return app.screen


def words(form: NewStudyScreen, name: str) -> str:
    return str(form.query_one(f"#{name}").render())


async def test_the_demo_starts_with_one_key_and_the_cursor_goes_to_the_new_study(
    tmp_path: Path, started: list[StudyConfig]
) -> None:
    make_study(tmp_path)
    app = AgeGenderApp(tmp_path, demo=True)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await form_of(pilot, app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen(app))
        await until(pilot, lambda: len(rows(app)) == 2)
        assert screen(app).studies.current_id == "20261128-120000-study-new1"
        assert "started 20261128-120000-study-new1" in said(app)
    (config,) = started
    assert (config.base.preset, config.trials) == ("A-demo", 12)
    assert config.base.data == str(sample_folder())


async def test_what_is_typed_is_what_is_started(tmp_path: Path, started: list[StudyConfig]) -> None:
    app = AgeGenderApp(tmp_path, data=str(sample_folder()))
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        form = await form_of(pilot, app)
        form.query_one("#preset", Select).value = "A-demo"
        await until(pilot, lambda: form._asked.preset == "A-demo")
        for name, text in (("trials", "7"), ("epochs", "2"), ("label", "night")):
            form.query_one(f"#{name}", Input).value = text
        form.query_one("#objective", Select).value = "age_mae"
        form.query_one("#prune", Switch).value = False
        form.query_one("#space", TextArea).text = "dropout = 0..0.5"
        await pilot.pause()
        assert words(form, "word") == "off" and "absolute error, years" in words(
            form, "note-objective"
        )
        await pilot.press("ctrl+s")
        await until(pilot, lambda: started)
    (config,) = started
    assert (config.trials, config.base.epochs, config.label) == (7, 2, "night")
    assert (config.objective, config.prune) == ("age_mae", False)
    assert list(map(str, config.space.values())) == ["0..0.5"]


async def test_start_takes_what_fields_have_not_told_yet(
    tmp_path: Path, started: list[StudyConfig]
) -> None:
    app = AgeGenderApp(tmp_path, data=str(sample_folder()))
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        form = await form_of(pilot, app)
        form.query_one("#epochs", Input).value = "2"
        form.query_one("#objective", Select).value = "age_mae"
        form.query_one("#prune", Switch).value = False
        form.query_one("#preset", Select).value = "A-demo"
        form.action_start()
        await until(pilot, lambda: started)
    (config,) = started
    assert (config.base.preset, config.base.epochs) == ("A-demo", 2)
    assert (config.objective, config.prune) == ("age_mae", False)


async def test_the_first_error_is_under_its_field_while_one_types(
    tmp_path: Path, started: list[StudyConfig]
) -> None:
    app = AgeGenderApp(tmp_path, data=str(sample_folder()))
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        form = await form_of(pilot, app)
        area = form.query_one("#space", TextArea)
        area.focus()
        area.text = "dropout = 0.5..0.2"
        await until(pilot, lambda: "give the lower one first" in words(form, "note-space"))
        form.query_one("#trials", Input).value = "no"
        await until(pilot, lambda: "✗ trials is 'no'" in words(form, "note-trials"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: form.focused is form.query_one("#trials"))
        assert "trials is 'no'" in words(form, "problem") and not started
        form.query_one("#trials", Input).value = "3"
        await until(pilot, lambda: "✗" not in words(form, "note-trials"))
        assert not form.query_one("#problem").display


async def test_the_space_follows_the_preset_until_it_is_edited(tmp_path: Path) -> None:
    app = AgeGenderApp(tmp_path, data=str(sample_folder()))
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        form = await form_of(pilot, app)
        area, preset = form.query_one("#space", TextArea), form.query_one("#preset", Select)
        preset.value = "B"
        await until(pilot, lambda: "frozen_blocks = 3/4" in area.text)
        area.text = "dropout = 0..0.5"
        await pilot.pause()
        preset.value = "A"
        await until(pilot, lambda: form.query_one("#preset", Select).value == "A")
        await pilot.pause()
        assert area.text == "dropout = 0..0.5"


async def test_the_data_set_is_looked_at_and_a_bad_one_starts_nothing(
    tmp_path: Path, started: list[StudyConfig]
) -> None:
    app = AgeGenderApp(tmp_path, data=str(sample_folder()))
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        form = await form_of(pilot, app)
        await until(pilot, lambda: "✓ 400 labelled faces" in words(form, "note-data"))
        form.query_one("#data", Input).value = str(tmp_path / "none")
        await until(pilot, lambda: "no such folder" in words(form, "note-data"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "no such folder" in words(form, "problem"))
        assert not started and app.screen is form


async def test_why_it_was_not_started_stays_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(root: Path, config: StudyConfig) -> StudyDir:
        raise RunError(f"{root}: the disk is full; free some space")

    monkeypatch.setattr(launch_study, "start", start)
    app = AgeGenderApp(tmp_path, demo=True)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        form = await form_of(pilot, app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "the disk is full; free some space" in words(form, "problem"))
        await pilot.pause(1.0)
        assert form.query_one("#problem").display
        await pilot.press("escape")
        assert app.screen is screen(app)


async def test_a_disk_that_hangs_does_not_freeze_the_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def looks(*_: Any) -> DatasetCheck:
        goes_on.wait(PATIENCE)
        return DatasetCheck(True, "there they are")

    monkeypatch.setattr(new_study, "check_folder", looks)
    app = AgeGenderApp(tmp_path, demo=True)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        form = await form_of(pilot, app)
        form.query_one("#trials", Input).focus()
        await pilot.press("end", "0")
        assert form.query_one("#trials", Input).value == "120"
        assert words(form, "note-data") == "looking …"
        goes_on.set()
        await until(pilot, lambda: words(form, "note-data") == "✓ there they are")


async def test_escape_asks_twice_once_something_was_changed(
    tmp_path: Path, started: list[StudyConfig]
) -> None:
    app = AgeGenderApp(tmp_path, demo=True)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        await form_of(pilot, app)
        await pilot.press("escape")
        assert app.screen is screen(app)
        form = await form_of(pilot, app)
        form.query_one("#label", Input).value = "night"
        await pilot.pause()
        await pilot.press("escape")
        assert "esc again leaves" in words(form, "problem") and app.screen is form
        await pilot.press("escape")
        assert app.screen is screen(app) and not started


async def test_keys_walk_through_the_fields_and_digits_are_text(tmp_path: Path) -> None:
    app = AgeGenderApp(tmp_path, demo=True)
    async with app.run_test(size=NARROW, notifications=True) as pilot:
        form = await form_of(pilot, app)
        seen = []
        for _ in range(10):
            seen.append(form.focused.id if form.focused else None)
            await pilot.press("tab" if seen[-1] == "space" else "down")
        assert seen == [
            "preset", "data", "trials", "epochs", "objective", "prune", "seed", "devices", "label",
            "space",
        ]  # fmt: skip
        form.query_one("#label", Input).focus()
        await pilot.press("1", "q", "6")
        assert form.query_one("#label", Input).value == "1q6" and app.screen is form
        await pilot.press("up")
        assert form.focused is form.query_one("#devices")
