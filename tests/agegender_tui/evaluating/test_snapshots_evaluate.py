"""Pictures of the Evaluate screen, on drawn faces and made-up predictions."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from agegender_tui.app import AgeGenderApp
from agegender_tui.evaluating.pages import COMPUTING
from agegender_tui.screens.evaluate import EvaluateScreen
from agegender_tui.widgets.chart import CurveChart
from agegender_tui.widgets.evaluation_chart import EvaluationChart
from agegender_tui.widgets.face_grid import FaceGrid
from tests.agegender_tui.evaluating.conftest import ASKED, Made, make_two, under_way, until
from tests.agegender_tui.predicting.conftest import save_model
from tests.conftest import _make_run
from trainer.runs.state import process_started

NARROW, ROOMY, TINY, HUGE = (80, 24), (120, 40), (60, 16), (200, 60)
TWO = ("space", "space")
KEYS = {
    "list": (),
    "figures": ("f",),
    "figures-of-two": (*TWO, "f"),
    "differences": (*TWO, "d"),
    "scatter": (*TWO, "p"),
    "ages": (*TWO, "a"),
    "confusion": ("c",),
    "reliability": (*TWO, "b"),
    "curves": (*TWO, "l"),
    "worst": ("w",),
}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two evaluations, one under way and one that failed, made once: nothing here changes them."""
    made = make_two(tmp_path_factory.mktemp("evaluated"), _make_run)
    for number, one in enumerate((made.a, made.b)):
        save_model(made.root / one.id.partition("--")[0], f"age_gender_{'AB'[number]}.keras")
    # Its worker is this process: a heartbeat would be a minute old before the last picture.
    this = {"pid": os.getpid(), "pid_started": process_started(os.getpid())}
    under_way(made.root, -1, host=socket.gethostname(), **this)
    text = "/faces/agedb: there is no such folder; give another with --data"
    under_way(made.root, -2, state="failed", text=text)
    return made


@pytest.fixture(autouse=True)
def blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGEGENDER_PICTURES", "blocks")
    monkeypatch.chdir(tmp_path)


def app_on(root: Path) -> AgeGenderApp:
    """An hour after the first was asked for."""
    app = AgeGenderApp(root)
    app.install_screen(EvaluateScreen(root, now=lambda: ASKED + 3600.0), "evaluate")
    return app


def showing(*keys: str) -> Callable[[Pilot[int]], Any]:
    async def run_before(pilot: Pilot[int]) -> None:
        app = pilot.app
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("5")
        screen = app.get_screen("evaluate")
        assert isinstance(screen, EvaluateScreen)
        await until(pilot, lambda: screen.listed)
        for key in keys:
            await pilot.press(key)
        if not keys and screen.size.width < HUGE[0]:
            return
        await until(pilot, lambda: (now := screen._page.page) and now.view == screen._view)
        await until(pilot, lambda: (now := screen._page.page) and now.sentence != COMPUTING)
        await pilot.pause(0.1)
        page = screen._page
        for chart in page.query(EvaluationChart):
            await until(pilot, lambda chart=chart: chart.drawn)
        if screen._view == "curves":
            await until(pilot, lambda: all(c.data is not None for c in page.query(CurveChart)))
        if screen._view == "worst":
            grid = page.query_one("#wall", FaceGrid)
            await until(pilot, lambda: grid.has_focus and not grid._missing)
            await pilot.press("right")
            name = grid.current_name
            await until(pilot, lambda: name in str(screen.query_one("#detail").render()))
        await app.workers.wait_for_complete()
        await pilot.pause(0.1)

    return run_before


@pytest.mark.parametrize("size", [NARROW, TINY], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("view", KEYS)
def test_views(snap_compare: Any, two: Made, view: str, size: tuple[int, int]) -> None:
    before = showing(*KEYS[view])
    assert snap_compare(app_on(two.root), terminal_size=size, run_before=before)


@pytest.mark.parametrize("view", ["list", "differences", "worst"])
def test_list_and_view_side_by_side(snap_compare: Any, two: Made, view: str) -> None:
    before = showing(*KEYS[view])
    assert snap_compare(app_on(two.root), terminal_size=HUGE, run_before=before)


def test_nothing_evaluated_yet(snap_compare: Any, tmp_path: Path) -> None:
    before = showing()
    assert snap_compare(app_on(tmp_path / "runs"), terminal_size=NARROW, run_before=before)


def test_one_that_failed_says_why(snap_compare: Any, two: Made) -> None:
    before = showing("end", "enter")
    assert snap_compare(app_on(two.root), terminal_size=NARROW, run_before=before)


@pytest.mark.parametrize("size", [NARROW, ROOMY, TINY], ids=lambda size: "x".join(map(str, size)))
def test_asking_for_new_ones(snap_compare: Any, two: Made, size: tuple[int, int]) -> None:
    async def run_before(pilot: Pilot[int]) -> None:
        await showing()(pilot)
        await pilot.press("n")
        await until(
            pilot,
            lambda: (
                (found := pilot.app.screen.query("#models"))
                and found.first(OptionList).option_count == 2
            ),
        )
        await pilot.press("f")
        await pilot.pause(0.1)

    assert snap_compare(app_on(two.root), terminal_size=size, run_before=run_before)
