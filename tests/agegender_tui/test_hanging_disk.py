"""The folder of the runs may be on a disk that hangs: what draws and takes keys never reads it."""

from __future__ import annotations

import builtins
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from agegender_tui import silence
from agegender_tui.app import AgeGenderApp
from agegender_tui.follow import Follower
from agegender_tui.screens.config_diff import ConfigDiffScreen
from agegender_tui.screens.confirm import ConfirmScreen
from agegender_tui.screens.new_run import NewRunScreen
from agegender_tui.screens.run import RunScreen
from agegender_tui.screens.runs import RunsScreen
from agegender_tui.widgets.runs_table import RunsTable
from tests.agegender_tui.conftest import PATIENCE, until
from tests.agegender_tui.test_runs_screen import here
from trainer.runs.layout import RunDir
from trainer.runs.registry import Registry

MakeRun = Callable[..., RunDir]
CALLS = ("stat", "lstat", "access", "open", "scandir", "listdir", "mkdir", "rename", "replace")


@pytest.fixture
def read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the thread that draws asks of the disk below `tmp_path`, from now on."""
    calls: list[str] = []

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".", *arguments: Any, **options: Any) -> Any:
            mine = threading.current_thread() is threading.main_thread()
            if mine and not isinstance(path, int) and str(tmp_path) in os.fsdecode(path):
                calls.append(f"{real.__name__} {path}")
            return real(path, *arguments, **options)

        return call

    for name in CALLS:
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    opens = watched(io.open)
    monkeypatch.setattr(io, "open", opens)
    monkeypatch.setattr(builtins, "open", opens)
    return calls


def detail(app: AgeGenderApp, selector: str = "#detail") -> str:
    return str(app.screen_stack[1].query_one(selector, Static).render())


async def listed(pilot: Pilot[int], app: AgeGenderApp, count: int) -> None:
    def there() -> bool:
        return isinstance(app.screen, RunsScreen) and len(app.screen.query_one(RunsTable).order)

    await until(pilot, lambda: there() == count)
    await pilot.pause()


async def shows(pilot: Pilot[int], app: AgeGenderApp, kind: type[object]) -> None:
    await until(pilot, lambda: isinstance(app.screen, kind))
    await pilot.pause()


@pytest.mark.parametrize("size", [(100, 30), (200, 60)])
async def test_the_cursor_over_lost_runs_reads_nothing(
    tmp_path: Path, make_run: MakeRun, read_here: list[str], size: tuple[int, int]
) -> None:
    make_run(tmp_path, state="training")
    make_run(tmp_path, state="training", epochs=0)
    read_here.clear()
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=size) as pilot:
        await listed(pilot, app, 2)
        selector = "#detail" if size[0] < 170 else "#pane-text"
        await until(pilot, lambda: "begins it anew" in detail(app, selector))
        await pilot.press("down")
        await until(pilot, lambda: "resumes it from its last" in detail(app, selector))
        await pilot.press("up", "down")
    assert read_here == []


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_opening_runs_and_coming_back_to_them_reads_nothing(
    tmp_path: Path, make_run: MakeRun, read_here: list[str], size: tuple[int, int]
) -> None:
    runs = [make_run(tmp_path, label=f"night {n}") for n in range(3)]
    make_run(tmp_path, state="training")
    read_here.clear()
    app = AgeGenderApp(tmp_path)

    def whole() -> bool:
        screen = app.screen
        views = screen.views.values() if isinstance(screen, RunScreen) else ()
        return bool(views) and all(view.history and view.label for view in views)

    async with app.run_test(size=size) as pilot:
        await listed(pilot, app, 4)
        await pilot.press("down", "enter")
        await until(pilot, whole)
        await pilot.press("t", "t", "t", "t", "t", "c", "d")
        await shows(pilot, app, ConfigDiffScreen)
        await pilot.press("escape", "1")
        await shows(pilot, app, RunsScreen)
        await pilot.press("space", "space", "space", "enter")
        await until(pilot, whole)
        assert app.screen.run_ids == [run.id for run in reversed(runs)]
        await pilot.press("c", "c", "d")
        await shows(pilot, app, ConfigDiffScreen)
        await pilot.press("escape", "1")
        await shows(pilot, app, RunsScreen)
        await pilot.press("2")
        await until(pilot, whole)
        await pilot.press("1", "escape", "home", "enter")
        await shows(pilot, app, RunScreen)
        await until(pilot, lambda: "gone without a word" in detail_of_run(app))
    assert read_here == []


def detail_of_run(app: AgeGenderApp) -> str:
    return str(app.screen.query_one("#trouble", Static).render())


async def test_the_list_says_that_the_disk_does_not_answer_until_it_does(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path)
    goes_on = threading.Event()
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        problem = app.screen.query_one("#problem", Static)
        monkeypatch.setattr(silence, "SILENT_SECONDS", 0.5)
        real = Registry.list
        monkeypatch.setattr(Registry, "list", lambda one: goes_on.wait(PATIENCE) and real(one))
        await until(pilot, lambda: "the disk of" in str(problem.render()))
        assert problem.display and str(problem.render()).startswith("not read for ")
        goes_on.set()
        await until(pilot, lambda: not problem.display)


async def test_a_run_of_which_nothing_is_read_says_so_and_counts_no_time(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path, state="training", **here())
    now = [run.state_file.stat().st_mtime]
    screen = RunScreen(tmp_path, [run.id], now=lambda: now[0])
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 1)
        await app.push_screen(screen)
        await until(pilot, lambda: "at work" in header(screen) and screen.view.history)
        before = header(screen)
        hangs = [3600.0]
        monkeypatch.setattr(Follower, "reading_for", property(lambda _: hangs[0]))
        now[0] += 3600.0
        await until(pilot, lambda: "Not read for 1 h: the disk of" in detail_of_run(app))
        assert header(screen) == before
        hangs[0] = 0.0
        await until(pilot, lambda: not screen.query_one("#trouble").display)
        assert header(screen) != before


def header(screen: RunScreen) -> str:
    return str(screen.query_one("#header", Static).render())


async def test_questions_and_forms_on_runs_read_nothing(
    tmp_path: Path, make_run: MakeRun, read_here: list[str]
) -> None:
    make_run(tmp_path, data="/its/faces")
    make_run(tmp_path, data="/its/faces", settings={"dropout": 0.1})
    make_run(tmp_path, state="training", epochs=0, data="/new/faces", **here())
    read_here.clear()
    app = AgeGenderApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await listed(pilot, app, 3)
        await pilot.press("x")  # refused: it trains
        await pilot.press("k")
        await shows(pilot, app, ConfirmScreen)
        assert "no checkpoint yet" in str(app.screen.query(Static).first().render())
        await pilot.press("escape")
        for key, folder in (("n", "/new/faces"), ("c", "/its/faces")):
            await pilot.press(key)
            await shows(pilot, app, NewRunScreen)
            assert app.screen.query_one("#data", Input).value == folder
            await pilot.press("escape")
            await shows(pilot, app, RunsScreen)
            await pilot.press("end")
        await pilot.press("space", "up", "space", "d")
        await shows(pilot, app, ConfigDiffScreen)
        await pilot.press("escape", "escape", "end", "x")
        await shows(pilot, app, ConfirmScreen)
    assert read_here == []
