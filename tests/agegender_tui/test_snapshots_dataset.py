"""Pictures of the Data screen, on drawn faces only."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from agegender_tui.app import AgeGenderApp
from agegender_tui.screens.dataset import DatasetScreen
from agegender_tui.widgets.face_grid import FaceGrid
from agegender_tui.widgets.numbers_pane import NumbersPane
from tests.agegender_tui.conftest import until
from tests.agegender_tui.dataset.conftest import keep_report
from trainer.data.exclusions import Curator
from trainer.data.index import build_index
from trainer.data.sample import sample_folder

SIZES = [(80, 24), (120, 40), (60, 16)]
VIEWS = {"grid": ["right"], "face": ["right", "enter"], "numbers": ["d"], "findings": ["f"]}


@pytest.fixture(autouse=True)
def same_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faces lie in a folder of the same name wherever the test runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGEGENDER_PICTURES", "blocks")
    # The whole path of the folder is shown beside a large face.
    shown = "agegender_tui.dataset.face_text.printable"
    monkeypatch.setattr(shown, lambda text: text.replace(str(tmp_path), "/data"))


def some_faces() -> AgeGenderApp:
    folder = Path("faces")
    folder.mkdir()
    for path in sorted(sample_folder().glob("*.jpg"))[::20]:
        shutil.copy(path, folder)
    (folder / "30_1_2_broken.jpg").write_bytes(b"no picture")
    (folder / "unknown.jpg").write_bytes(b"no picture")
    index = build_index(folder)
    names = index.files
    keep_report(
        index,
        {
            "unreadable": [("30_1_2_broken.jpg", "not a picture, or damaged at its beginning")],
            "blurred": [(name, "sharpness 12") for name in names[2:5]],
            "rare": [(names[-1], "one of 2 aged 90–99")],
        },
    )
    curator = Curator(index.folder)
    curator.exclude([names[1]])
    return AgeGenderApp(Path("runs"), data="faces")


def showing(*keys: str) -> Callable[[Pilot[int]], Any]:
    async def run_before(pilot: Pilot[int]) -> None:
        app = pilot.app
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("3")
        screen = app.get_screen("data")
        assert isinstance(screen, DatasetScreen)
        grid, numbers = screen.query_one(FaceGrid), screen.query_one(NumbersPane)
        screen.query_one("#filter", Input).cursor_blink = False

        def at_work() -> bool:
            counting = numbers._in_view and numbers.numbers is None
            return bool(screen.busy or counting or grid._missing)

        async def settled() -> None:
            await until(pilot, lambda: not at_work())
            await app.workers.wait_for_complete()
            await pilot.pause(0.1)

        await until(pilot, lambda: bool(grid.rows))
        await settled()
        for key in keys:
            await pilot.press(key)
        await settled()

    return run_before


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("view", VIEWS)
def test_views(snap_compare: Any, view: str, size: tuple[int, int]) -> None:
    assert snap_compare(some_faces(), terminal_size=size, run_before=showing(*VIEWS[view]))


def test_filtered_marked_and_in_another_order(snap_compare: Any) -> None:
    keys = showing("slash", *"age<40", "enter", "space", "space", "o")
    assert snap_compare(some_faces(), terminal_size=(80, 24), run_before=keys)


def test_a_filter_being_typed(snap_compare: Any) -> None:
    keys = showing("slash", *"gender=x")
    assert snap_compare(some_faces(), terminal_size=(80, 24), run_before=keys)


def test_correcting_a_label(snap_compare: Any) -> None:
    async def run_before(pilot: Pilot[int]) -> None:
        await showing("l")(pilot)
        pilot.app.screen.query_one(Input).cursor_blink = False

    assert snap_compare(some_faces(), terminal_size=(80, 24), run_before=run_before)


def test_words_instead_of_pictures(snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", "words")
    assert snap_compare(some_faces(), terminal_size=(80, 24), run_before=showing())


def test_no_such_folder(snap_compare: Any) -> None:
    async def run_before(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: len(pilot.app.screen_stack) > 1)
        await pilot.press("3")
        screen = pilot.app.get_screen("data")
        assert isinstance(screen, DatasetScreen)
        await until(pilot, lambda: screen.problem)
        await pilot.pause(0.2)

    app = AgeGenderApp(Path("runs"), data="/no/such/faces")
    assert snap_compare(app, terminal_size=(80, 24), run_before=run_before)
