"""The form that keeps a data set under a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button, Input, Select, Static

from agegender_tui.screens import register_dataset
from agegender_tui.screens.register_dataset import RegisterDatasetScreen, proposed_name
from agegender_tui.widgets.line_input import LineInput
from tests.agegender_tui.conftest import until
from trainer.data.registered import read_registered, registry_file


class Host(App[None]):
    """The form alone; `answer` is what it gave."""

    CSS_PATH = str(Path(register_dataset.__file__).parents[1] / "app.tcss")

    def __init__(self, folder: str = "") -> None:
        super().__init__()
        self._folder = folder
        self.answers: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(RegisterDatasetScreen(self._folder), self.answers.append)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_dataset, "LOOK_DELAY", 0.001)


@pytest.fixture
def agedb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder in the working folder, so that pictures of it are the same wherever they are
    taken."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "AgeDB"
    folder.mkdir()
    for n in range(24):
        (folder / f"{n}_SomeBody_{20 + n}_{'mf'[n % 2]}.jpg").touch()
    (folder / "stray.jpg").touch()
    return "AgeDB"


async def settled(pilot: Pilot[None]) -> None:
    """Until the look at what is in the fields now is done."""
    screen = pilot.app.screen
    assert isinstance(screen, RegisterDatasetScreen)
    await pilot.pause()
    await until(pilot, lambda: not screen.is_looking)
    await pilot.pause()


def shown(pilot: Pilot[None], part: str) -> str:
    return str(pilot.app.screen.query_one(f"#{part}", Static).render())


async def test_what_is_kept_was_shown_before(agedb: str) -> None:
    app = Host(agedb)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert "24 faces to train on, 1 left out" in shown(pilot, "status")
        assert "0_SomeBody_20_m.jpg: 20 years, male" in shown(pilot, "preview")
        assert read_registered() == {}
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert app.answers == ["agedb"]
    assert str(read_registered()["agedb"]) == f"agedb:{Path('AgeDB').absolute()}"


async def test_leaving_keeps_nothing(agedb: str) -> None:
    app = Host(agedb)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("escape")
        await pilot.pause()
    assert app.answers == [None]
    assert read_registered() == {}


async def test_a_folder_is_looked_at_as_it_is_typed_and_proposes_its_name(agedb: str) -> None:
    async with Host().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert pilot.app.screen.query_one("#keep", Button).disabled
        await pilot.press(*"AgeDB")
        await settled(pilot)
        assert "24 faces" in shown(pilot, "status")
        assert pilot.app.screen.query_one("#dataset-name", Input).value == "agedb"


@pytest.mark.parametrize("folder", ["nowhere", "AgeDB/0_SomeBody_20_m.jpg", "agedb?age=x:AgeDB"])
async def test_what_cannot_be_used_is_told_and_cannot_be_kept(agedb: str, folder: str) -> None:
    app = Host(folder)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert shown(pilot, "status").startswith("✗ ")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.answers == []


async def test_the_columns_of_a_table_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("photo,how old,sex\n1.jpg,30,1\n2.jpg,31,2\n")
    for n in (1, 2):
        (tmp_path / f"{n}.jpg").touch()
    async with Host(str(tmp_path)).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        row = pilot.app.screen.query_one("#mapping-row")
        assert not row.display
        pilot.app.screen.query_one("#layout", Select).value = "csv"
        await settled(pilot)
        assert row.display
        assert "has no column known to hold age" in shown(pilot, "status")
        mapping = pilot.app.screen.query_one("#mapping", Input)
        mapping.value = "file=photo; age=how old; gender=sex; male=1; female=2"
        await settled(pilot)
        assert "2 faces to train on, 0 left out" in shown(pilot, "status")


async def test_a_name_that_is_taken_is_told_and_another_can_be_given(agedb: str) -> None:
    app = Host(agedb)
    registry_file().parent.mkdir(parents=True, exist_ok=True)
    registry_file().write_text('version = 1\n[agedb]\nfolder = "/other"\n')
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "is the name of /other already" in shown(pilot, "status")
        await pilot.press("end", *"-2", "ctrl+s")
        await pilot.pause()
    assert app.answers == ["agedb-2"]


def test_a_name_is_made_of_the_folders() -> None:
    assert proposed_name("/data/My Faces (2)/") == "my-faces-2"
    assert proposed_name("/") == ""
    assert proposed_name("/data/\x1b[2J") == "2j"


async def quiet(pilot: Pilot[None]) -> None:
    await settled(pilot)
    for line in pilot.app.screen.query(LineInput):
        line.cursor_blink = False
    pilot.app.screen.query_one("#keep").focus()
    await pilot.pause()


@pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (60, 16)], ids=lambda size: "x".join(map(str, size))
)
def test_form(snap_compare: Any, agedb: str, size: tuple[int, int]) -> None:
    assert snap_compare(Host(agedb), terminal_size=size, run_before=quiet)
