"""Pictures of the Tune screen and of its form, on made-up studies."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from agegender_tui.app import AgeGenderApp
from agegender_tui.screens import new_study
from agegender_tui.screens.tune import TuneScreen
from agegender_tui.themes import THEMES
from agegender_tui.widgets.evaluation_chart import EvaluationChart
from tests.agegender_tui.conftest import until
from tests.agegender_tui.tuning.conftest import COURSE, MADE, lives_here, make_study, run_id
from tests.agegender_tui.tuning.on_screen import screen
from tests.conftest import MakeRun

NARROW, TINY, WIDE, HUGE = (80, 24), (60, 16), (180, 26), (200, 60)
SHARES = {"learning_rate": 0.62, "dropout": 0.27, "filters": 0.11}


def by_size(size: tuple[int, int]) -> str:
    return "x".join(map(str, size))


@pytest.fixture
def root(tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One study of each kind; the newest has a trial under way."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket, "gethostname", lambda: "bench")
    found = Path("runs")
    make_study(found, state="working", running=1, importances=SHARES, label="first [night]")
    make_run(found, name=run_id(7), state="training", epochs=2, total=5, **lives_here())
    make_study(
        found, name="20261126-110000-study-ef56", course=COURSE[4:5] * 3, state="failed",
        text="3 trials in a row failed, the last with: out of memory; mend that, then resume",
    )  # fmt: skip
    make_study(
        found, name="20261125-110000-study-gh78", course=COURSE[:2], state="stopped",
        text="stopped; resume goes on with the next trial", objective="age_mae",
    )  # fmt: skip
    broken = make_study(found, name="20261124-110000-study-ij90")
    broken.config_file.write_text("version = 9\n")
    return found


def app_on(root: Path, *, demo: bool = False) -> AgeGenderApp:
    app = AgeGenderApp(root, demo=demo)
    app.install_screen(TuneScreen(root, now=lambda: MADE + 3600.0), "tune")
    return app


def showing(*keys: str) -> Callable[[Pilot[int]], Any]:
    async def run_before(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: len(pilot.app.screen_stack) > 1)
        await pilot.press("6")
        one = screen(pilot.app)
        await until(pilot, lambda: one.listed)
        await pilot.press(*keys)
        await pilot.pause()
        for chart in one.query(EvaluationChart):
            if chart.size.height > 6 and one.trials.order:
                await until(pilot, lambda chart=chart: chart.drawn)
        await pilot.pause(0.2)

    return run_before


@pytest.mark.parametrize("size", [NARROW, TINY, HUGE], ids=by_size)
@pytest.mark.parametrize("keys", [(), ("enter", "down")], ids=["list", "trials"])
def test_studies(
    snap_compare: Any, root: Path, keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    assert snap_compare(app_on(root), terminal_size=size, run_before=showing(*keys))


@pytest.mark.parametrize("size", [NARROW, TINY], ids=by_size)
@pytest.mark.parametrize("tabs", [1, 2, 3], ids=["chart", "tradeoff", "matters"])
def test_views(snap_compare: Any, root: Path, tabs: int, size: tuple[int, int]) -> None:
    keys = showing(*["tab"] * tabs)
    assert snap_compare(app_on(root), terminal_size=size, run_before=keys)


@pytest.mark.parametrize("downs", [1, 2, 3], ids=["failed", "stopped", "broken"])
def test_how_a_study_ended(snap_compare: Any, root: Path, downs: int) -> None:
    keys = showing(*["down"] * downs)
    assert snap_compare(app_on(root), terminal_size=NARROW, run_before=keys)


def test_light_theme(snap_compare: Any, root: Path) -> None:
    app = app_on(root)
    app.settings = type(app.settings)(theme=THEMES[1].name)
    assert snap_compare(app, terminal_size=HUGE, run_before=showing())


def test_charts_beside_each_other(snap_compare: Any, root: Path) -> None:
    assert snap_compare(app_on(root), terminal_size=WIDE, run_before=showing())


def test_no_study_yet(snap_compare: Any, tmp_path: Path) -> None:
    assert snap_compare(app_on(tmp_path / "runs"), terminal_size=NARROW, run_before=showing())


@pytest.mark.parametrize("size", [NARROW, TINY], ids=by_size)
@pytest.mark.parametrize("wrong", [False, True], ids=["right", "wrong"])
def test_form(
    snap_compare: Any,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: bool,
    size: tuple[int, int],
) -> None:
    from agegender_tui.dataset_check import DatasetCheck

    found = DatasetCheck(True, "400 labelled faces, 0 left out; 320 train / 80 validation")
    monkeypatch.setattr(new_study, "check_folder", lambda *_: found)

    async def run_before(pilot: Pilot[int]) -> None:
        await showing("n")(pilot)
        await until(pilot, lambda: pilot.app.screen.query("#space"))
        form = pilot.app.screen
        for field in form.query(Input):
            field.cursor_blink = False
        form.query_one(TextArea).cursor_blink = False
        if wrong:
            form.query_one("#trials", Input).value = "many"
            form.query_one(TextArea).text = "dropout = 0.5..0.2"
            await pilot.pause()
            await pilot.press("ctrl+s")
        await until(pilot, lambda: "✓ 400" in str(form.query_one("#note-data").render()))
        await pilot.pause(0.2)

    assert snap_compare(app_on(root), terminal_size=size, run_before=run_before)
