"""Pictures of the Runs screen and of what opens over it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from agegender_tui.app import AgeGenderApp
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.themes import THEMES
from agegender_tui.widgets.runs_table import RunsTable
from tests.agegender_tui.conftest import until
from tests.conftest import STARTED
from trainer.runs.layout import RunDir
from trainer.runs.state import process_started

MakeRun = Callable[..., RunDir]
SIZES = [(80, 24), (120, 40), (200, 60), (60, 16), (40, 12)]
NOW = STARTED + 90_000.0


@pytest.fixture(autouse=True)
def same_clock_and_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ages, the folder's name and the host's are the same each time, wherever the test runs."""
    monkeypatch.chdir(tmp_path)
    made = RunsScreen.__init__
    held = lambda screen, root: made(screen, root, now=lambda: NOW)  # noqa: E731
    monkeypatch.setattr(RunsScreen, "__init__", held)
    monkeypatch.setattr(socket, "gethostname", lambda: "bench")


def some_runs(make_run: MakeRun) -> AgeGenderApp:
    root = Path("runs")
    here: dict[str, Any] = {
        "pid": os.getpid(),
        "pid_started": process_started(os.getpid()),
        "host": socket.gethostname(),
    }
    faces = {"data": "/data/utkface-5k", "total": 60}
    make_run(root, epochs=38, label="first night", created=NOW - 3 * 86400, **faces)
    make_run(
        root, epochs=60, settings={"dropout": 0.4, "batch_size": 32}, created=NOW - 90000, **faces
    )
    make_run(root, state="failed", epochs=3, created=NOW - 80000, **faces)
    make_run(
        root, state="stopped", epochs=12, total=30, preset="A-demo", data="/d/sample",
        created=NOW - 7200,
    )  # fmt: skip
    make_run(root, state="training", epochs=9, created=NOW - 5000, **faces)
    make_run(
        root, state="training", epochs=24, label="wider [dense]", created=NOW - 1800,
        settings={"dense_units": 512}, asked="stop", asked_at=NOW - 12, **faces, **here,
    )  # fmt: skip
    make_run(root, state="paused", epochs=7, created=NOW - 900, data="/d/\x1b[31m", **here)
    make_run(
        root, state="queued", epochs=0, created=NOW - 60, data="/data/utkface-5k", total=170,
        text="waits for cpu, behind t007", host="bench", pid=0, heartbeat=4e9,
    )  # fmt: skip
    half = root / "20261123-000900-A-half"
    half.mkdir()
    (half / "state.json").write_text("{")
    return AgeGenderApp(root)


def pressing(*keys: str) -> Callable[[Pilot[int]], Any]:
    async def run_before(pilot: Pilot[int]) -> None:
        screen = pilot.app.screen_stack[1]
        await until(pilot, lambda: screen.query_one(RunsTable).order or screen.has_class("no-runs"))
        screen.query_one("#filter", Input).cursor_blink = False
        await pilot.press(*keys)
        await pilot.pause(0.3)

    return run_before


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_runs(snap_compare: Any, make_run: MakeRun, size: tuple[int, int]) -> None:
    keys = [] if size == (40, 12) else ["down", "down"]
    assert snap_compare(some_runs(make_run), terminal_size=size, run_before=pressing(*keys))


def test_light_theme(snap_compare: Any, make_run: MakeRun) -> None:
    app = some_runs(make_run)
    app.settings = type(app.settings)(theme=THEMES[1].name)
    assert snap_compare(app, terminal_size=(120, 40), run_before=pressing())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: "x".join(map(str, size)))
def test_no_runs(snap_compare: Any, size: tuple[int, int]) -> None:
    app = AgeGenderApp(Path("runs"), demo=True)
    assert snap_compare(app, terminal_size=size, run_before=pressing())


def test_filtered_and_marked(snap_compare: Any, make_run: MakeRun) -> None:
    keys = pressing("slash", *"mae<9 state!=lost", "enter", "space", "space")
    assert snap_compare(some_runs(make_run), terminal_size=(80, 24), run_before=keys)


def test_wrong_filter(snap_compare: Any, make_run: MakeRun) -> None:
    keys = pressing("slash", *"mae<low")
    assert snap_compare(some_runs(make_run), terminal_size=(80, 24), run_before=keys)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: "x".join(map(str, size)))
def test_help(snap_compare: Any, make_run: MakeRun, size: tuple[int, int]) -> None:
    keys = pressing("question_mark")
    assert snap_compare(some_runs(make_run), terminal_size=size, run_before=keys)


def test_question_before_deleting(snap_compare: Any, make_run: MakeRun) -> None:
    keys = pressing("end", "up", "x")
    assert snap_compare(some_runs(make_run), terminal_size=(80, 24), run_before=keys)


def test_diff(snap_compare: Any, make_run: MakeRun) -> None:
    keys = pressing("end", "up", "space", "up", "up", "space", "d")
    assert snap_compare(some_runs(make_run), terminal_size=(80, 24), run_before=keys)


def test_label(snap_compare: Any, make_run: MakeRun) -> None:
    async def run_before(pilot: Pilot[int]) -> None:
        await pressing("down", "down", "l")(pilot)
        pilot.app.screen.query_one(Input).cursor_blink = False
        await pilot.pause(0.1)

    app = some_runs(make_run)
    assert snap_compare(app, terminal_size=(80, 24), run_before=run_before)
