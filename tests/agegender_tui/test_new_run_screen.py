"""The form that starts a run, driven by its keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button, Input, Static, Switch

from agegender_tui import launch
from agegender_tui.screens.new_run import CHECK_DELAY, NewRunScreen
from agegender_tui.widgets.setting_field import FormSelect, SettingField
from agegender_tui.widgets.setting_group import SettingGroup
from tests.agegender_tui.conftest import until
from trainer.config import RunConfig
from trainer.errors import StorageError
from trainer.presets import preset
from trainer.runs.layout import RunDir

Form = tuple[Pilot[None], NewRunScreen, "Host"]


class Host(App[None]):
    """Shows the form and keeps what it answered."""

    answers: list[str | None]

    def __init__(self) -> None:
        super().__init__()
        self.answers = []


async def opened(host: Host, pilot: Pilot[None], screen: NewRunScreen) -> NewRunScreen:
    await host.push_screen(screen, host.answers.append)
    for _ in range(500):  # the look at the faces begins after the first paint
        await settled(pilot)
        if not text_of(screen, "#dataset").startswith("looking"):
            break
    return screen


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def text_of(screen: NewRunScreen, selector: str) -> str:
    return str(screen.query_one(selector, Static).render())


def row(screen: NewRunScreen, name: str) -> SettingField:
    return screen.query_one(f"#field-{name}", SettingField)


def note(screen: NewRunScreen, name: str) -> str:
    return str(row(screen, name).query_one(".setting-note", Static).render())


@pytest.fixture
def faces(tmp_path: Path) -> str:
    folder = tmp_path / "faces"
    folder.mkdir()
    for number in range(100):
        (folder / f"{number}_{number % 2}_0_20170101000000{number:03d}.jpg").touch()
    return str(folder)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """The settings runs were started with; no worker is made."""
    configs: list[RunConfig] = []

    def start(root: Path, config: RunConfig) -> RunDir:
        configs.append(config)
        return RunDir(root / "20261123-201500-A-test")

    monkeypatch.setattr(launch, "start", start)
    return configs


async def test_ctrl_s_starts_the_run_and_answers_with_its_id(
    tmp_path: Path, faces: str, started: list[RunConfig]
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        await pilot.press("ctrl+s")
        await settled(pilot)
    assert host.answers == ["20261123-201500-A-test"]
    assert started == [preset("A").replace(data=faces)]


async def test_the_preset_comes_first_and_can_be_changed_and_set_back_by_keys_alone(
    tmp_path: Path, faces: str, started: list[RunConfig]
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        row(screen, "epochs").control.value = "9"  # the form leaves it when the preset changes
        await pilot.press("enter", "down", "enter")
        await settled(pilot)
        assert screen.query_one("#preset", FormSelect).value == "B"
        await pilot.press("ctrl+r")
        await settled(pilot)
        assert row(screen, "epochs").control.value == "60"
        await pilot.press("ctrl+s")
        await settled(pilot)
    assert [config.preset for config in started] == ["B"]


async def test_what_is_typed_faster_than_it_is_checked_stays_as_typed(
    tmp_path: Path, faces: str, started: list[RunConfig]
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        field, typed = row(screen, "learning_rate"), "0.0012345"
        field.control.value = typed[:4]
        await settled(pilot)
        field.control.value = typed
        screen._set("learning_rate", typed[:5])  # what was typed meanwhile comes to be checked
        await settled(pilot)
        assert field.control.value == typed
        assert not field.has_class("-wrong")
        await pilot.press("ctrl+s")
        await settled(pilot)
    assert [config.learning_rate for config in started] == [0.0012345]


async def test_start_takes_what_fields_have_not_told_yet(
    tmp_path: Path, faces: str, started: list[RunConfig]
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        row(screen, "epochs").control.value = "7"
        screen.query_one("#run-label", Input).value = "night"
        screen.query_one("#preset", FormSelect).value = "B"  # leaves what was changed
        screen.action_start()
        await settled(pilot)
    (config,) = started
    assert (config.preset, config.epochs, config.label) == ("B", 7, "night")


async def test_a_data_set_typed_just_before_the_start_is_the_one_that_is_told_of(
    tmp_path: Path, faces: str, started: list[RunConfig]
) -> None:
    (tmp_path / "empty").mkdir()
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        screen.query_one("#data", Input).value = str(tmp_path / "empty")
        screen.action_start()
        await until(pilot, lambda: "empty" in text_of(screen, "#problem"))
        await until(pilot, lambda: text_of(screen, "#dataset").startswith("✗"))
    assert not started


async def test_a_wide_form_opens_at_its_first_field_with_all_groups_open(
    tmp_path: Path, faces: str
) -> None:
    host = Host()
    host.animation_level = "none"
    async with host.run_test(size=(160, 45)) as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        left, right = screen.query_one("#left"), screen.query_one("#right")
        for _ in range(2):  # as it opens, and once more where the groups are laid out by then
            await until(pilot, lambda: left.max_scroll_y > 0 and right.max_scroll_y > 0)
            await settled(pilot)
            assert (left.scroll_y, right.scroll_y) == (0, 0)
            for group in screen.query(SettingGroup):
                group.collapsed = True
            await until(pilot, lambda: left.max_scroll_y == 0 and right.max_scroll_y == 0)
            screen._open_groups()
        assert screen.focused is screen.query_one("#preset")
        assert screen.focused.region in screen.region


async def test_only_what_the_preset_s_network_uses_is_asked_for(tmp_path: Path, faces: str) -> None:
    host = Host()
    async with host.run_test(size=(200, 60)) as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        await settled(pilot)
        assert row(screen, "filters").display
        assert not row(screen, "frozen_blocks").display
        assert screen.query_one("#group-model", SettingGroup).title == "Model  16 settings"
        await pilot.press("enter", "down", "enter")
        await settled(pilot)
        assert not row(screen, "filters").display
        assert row(screen, "frozen_blocks").display


async def test_a_malformed_data_set_is_told_while_another_field_is_wrong(
    tmp_path: Path, faces: str
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        row(screen, "epochs").control.value = "12x"
        await settled(pilot)
        screen.query_one("#data", Input).value = "csv?years=a:/x"
        await pilot.pause(2 * CHECK_DELAY)
        assert "years" in text_of(screen, "#dataset")


async def test_the_data_set_is_counted_while_one_looks(tmp_path: Path, faces: str) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        assert "100 labelled faces, 0 left out; 80 train / 20 validation" in text_of(
            screen, "#dataset"
        )


async def test_a_wrong_value_is_told_under_its_field_and_stops_the_start(
    tmp_path: Path, faces: str, started: list[RunConfig]
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        row(screen, "epochs").control.focus()
        await pilot.press("0", "ctrl+s")
        await settled(pilot)
        assert "epochs is 0: give 1 to 10000" in note(screen, "epochs")
        assert row(screen, "epochs").control.has_focus
    assert started == []


async def test_a_start_goes_to_the_wrong_field_in_a_closed_group(
    tmp_path: Path, faces: str, started: list[RunConfig]
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        row(screen, "learning_rate").control.focus()
        await pilot.press(*"1e-7", "ctrl+s")
        await settled(pilot)
        await pilot.pause()
        assert row(screen, "min_learning_rate").control.has_focus
        assert "above learning_rate" in note(screen, "min_learning_rate")
    assert started == []


async def test_a_changed_setting_is_marked_and_in_the_command(tmp_path: Path, faces: str) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        row(screen, "epochs").control.focus()
        await pilot.press("4", "0")
        assert "◆ changed" in note(screen, "epochs")
        assert text_of(screen, "#command").endswith("--epochs 40")
        await pilot.press("ctrl+r")
        assert "changed" not in note(screen, "epochs")
        assert row(screen, "epochs").control.value == "170"


async def test_groups_open_on_enter_and_tell_their_changes_when_closed(
    tmp_path: Path, faces: str, started: list[RunConfig]
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        assert not screen.query("#field-flip")
        group = screen.query_one("#group-augmentation", SettingGroup)
        group.query_one("CollapsibleTitle").focus()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("down", "down", "space")
        switch = row(screen, "flip").query_one(Switch)
        assert switch.has_focus and not switch.value
        assert str(row(screen, "flip").query_one(".setting-word", Static).render()) == "off"
        assert "1 changed" in group.title
        await pilot.press("ctrl+s")
        await settled(pilot)
    assert [config.flip for config in started] == [False]


async def test_up_and_down_go_from_field_to_field(tmp_path: Path) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path))
        assert screen.query_one("#data").has_focus
        await pilot.press("up")
        assert screen.query_one("#preset").has_focus
        await pilot.press("down", "down", "down", "down")
        assert row(screen, "epochs").control.has_focus


async def test_a_preset_fills_the_form_but_keeps_changes(tmp_path: Path, faces: str) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        row(screen, "epochs").control.focus()
        await pilot.press("7")
        screen.query_one("#preset", FormSelect).value = "A-demo"
        await settled(pilot)
        assert row(screen, "batch_size").control.value == "16"
        assert row(screen, "epochs").control.value == "7"
        assert "sample faces" in text_of(screen, "#expects")


async def test_escape_leaves_at_once_where_nothing_was_changed(tmp_path: Path, faces: str) -> None:
    host = Host()
    async with host.run_test() as pilot:
        await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        await pilot.press("escape")
        await pilot.pause()
        assert host.answers == [None]


async def test_escape_asks_for_a_second_one_where_something_was_changed(
    tmp_path: Path, faces: str
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        screen.query_one("#run-label").focus()
        await pilot.press("x", "escape")
        assert host.answers == []
        assert "esc again" in text_of(screen, "#problem")
        await pilot.press("y")
        assert "esc again" not in text_of(screen, "#problem")
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert host.answers == [None]


async def test_a_start_after_escape_tells_what_is_wrong_and_the_next_escape_asks_again(
    tmp_path: Path, faces: str
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        row(screen, "epochs").control.focus()
        await pilot.press("x", "escape", "ctrl+s")
        assert "epochs" in text_of(screen, "#problem")
        await pilot.press("escape")
        assert "esc again" in text_of(screen, "#problem")
        assert host.answers == []


async def test_a_start_that_fails_is_told_and_loses_nothing(
    tmp_path: Path, faces: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(root: Path, config: RunConfig) -> RunDir:
        raise StorageError("/runs: the disk is full; free some space, then resume")

    monkeypatch.setattr(launch, "start", full)
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        row(screen, "epochs").control.focus()
        await pilot.press("9", "ctrl+s")
        await settled(pilot)
        assert "the disk is full" in text_of(screen, "#problem")
        assert row(screen, "epochs").control.value == "9"
        assert not screen.query_one("#start", Button).disabled
    assert host.answers == []


async def test_a_folder_without_faces_is_refused_before_a_run_is_made(
    tmp_path: Path, started: list[RunConfig]
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=str(tmp_path)))
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "is empty" in text_of(screen, "#problem")
    assert started == []


async def test_the_demo_starts_from_the_sample_faces(
    tmp_path: Path, started: list[RunConfig]
) -> None:
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, demo=True))
        assert text_of(screen, "#dataset").startswith("✓")
        await pilot.press("enter")
        await settled(pilot)
    assert [config.preset for config in started] == ["A-demo"]


async def test_settings_of_another_run_are_taken_over_and_marked(
    tmp_path: Path, faces: str
) -> None:
    other = preset("A").replace(data=faces, epochs=3, label="first")
    host = Host()
    async with host.run_test() as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, start_from=other))
        assert screen.query_one("#run-label", Input).value == "first"
        assert "◆ changed" in note(screen, "epochs")


async def test_a_folder_name_cannot_drive_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "fa\x1b[31mces"
    folder.mkdir()
    host = Host()
    async with host.run_test(size=(200, 40)) as pilot:
        await opened(host, pilot, NewRunScreen(tmp_path, data=str(folder)))
        strips = host.screen._compositor.render_strips()
        shown = "".join(segment.text for strip in strips for segment in strip)
    assert "ces" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (40, 12)])
async def test_every_field_can_be_reached_and_seen(
    tmp_path: Path, faces: str, size: tuple[int, int]
) -> None:
    host = Host()
    async with host.run_test(size=size) as pilot:
        screen = await opened(host, pilot, NewRunScreen(tmp_path, data=faces))
        screen._open_groups()
        for _ in range(500):  # a busy machine makes the rows late
            if screen.query("#field-checkpoint_seconds"):
                break
            await pilot.pause(0.02)
        await settled(pilot)
        control = row(screen, "checkpoint_seconds").control
        control.focus()
        form = screen.query_one("#form")
        for _ in range(500):
            await pilot.pause(0.02)
            region = control.region
            if region.width and form.region.contains_region(region):
                break
        assert form.region.contains_region(region)
        assert region.width >= 8


async def test_a_relative_folder_is_refused_where_the_current_folder_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    host = Host()
    async with host.run_test() as pilot:
        screen = NewRunScreen(tmp_path, data="faces")
        await opened(host, pilot, screen)
        told = str(screen.query_one("#dataset", Static).render())
        assert "the current folder is gone, moved or deleted: change to another" in told
