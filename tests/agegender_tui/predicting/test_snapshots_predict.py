"""Pictures of the Predict screen and of the list of models; every face in them is drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from agegender_tui.predicting.session import Session
from agegender_tui.screens.models import ModelsScreen
from agegender_tui.widgets.face_image import FaceImage
from agegender_tui.widgets.heat_row import HeatView
from tests.agegender_tui.predicting.conftest import Host, until, words

SIZES = [(80, 24), (120, 40), (200, 60), (60, 16)]


def drawn(app: App[Any], widget: FaceImage) -> bool:
    return any("▀" in widget.render_line(y).text for y in range(widget.size.height))


def at_the_party(*keys: str, maps: int = 0) -> Callable[[Pilot[None]], Any]:
    async def run_before(pilot: Pilot[None]) -> None:
        screen = pilot.app.screen
        await until(pilot, lambda: "of 4" in words(pilot.app, "#head"))
        screen.query_one("#path", Input).value = "photos/party.png"
        screen.set_focus(screen.query_one("#path"))
        await pilot.press("enter")
        await until(pilot, lambda: words(pilot.app, "#faces").strip())
        await until(pilot, lambda: "of 4" in words(pilot.app, "#head"))
        await pilot.press(*keys)
        if maps:
            views = list(screen.query(HeatView))[:maps]
            images = [view.query_one(FaceImage) for view in views]
        else:
            images = [screen.query_one("#picture", FaceImage)]
        images += list(screen.query("#face-crop").results(FaceImage))
        for image in images:
            if image.size.area:
                await until(pilot, lambda image=image: drawn(pilot.app, image))
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    return run_before


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_three_faces(snap_compare: Any, photos: Path, runs: Path, size: tuple[int, int]) -> None:
    before = at_the_party("t", "right") if size[0] < 110 else at_the_party("right")
    assert snap_compare(Host(photos, runs), terminal_size=size, run_before=before)


def test_files_beside_the_picture_in_a_narrow_terminal(
    snap_compare: Any, photos: Path, runs: Path
) -> None:
    assert snap_compare(Host(photos, runs), terminal_size=(80, 24), run_before=at_the_party())


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["80x24", "200x60"])
def test_grad_cam(snap_compare: Any, photos: Path, runs: Path, size: tuple[int, int]) -> None:
    before = at_the_party("t", "g", maps=1) if size[0] < 110 else at_the_party("g", maps=2)
    assert snap_compare(Host(photos, runs), terminal_size=size, run_before=before)


def test_no_model_yet(snap_compare: Any, photos: Path, tmp_path: Path) -> None:
    async def run_before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "of 4" in words(pilot.app, "#head"))
        await pilot.press("n")
        await until(pilot, lambda: "No run" in words(pilot.app, "#problem"))
        image = pilot.app.screen.query_one("#picture", FaceImage)
        await until(pilot, lambda: drawn(pilot.app, image))

    app = Host(photos, tmp_path / "none")
    assert snap_compare(app, terminal_size=(80, 24), run_before=run_before)


class Models(App[None]):
    """The list of models alone."""

    def __init__(self, runs: Path) -> None:
        super().__init__()
        self.runs = runs

    def on_mount(self) -> None:
        self.push_screen(ModelsScreen(self.runs, Session(lambda: None)))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_models(snap_compare: Any, photos: Path, runs: Path, size: tuple[int, int]) -> None:
    async def run_before(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: "0 of 2" in words(pilot.app, "#head"))
        await pilot.press("space")

    assert snap_compare(Models(runs), terminal_size=size, run_before=run_before)
