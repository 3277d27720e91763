"""Pictures of the Run screen."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from agegender_tui.screens.run import RunScreen
from tests.agegender_tui.conftest import until
from tests.conftest import STARTED
from tests.trainer.evaluation.made_curves import overfitted, write_events
from trainer.runs.layout import RunDir
from trainer.runs.state import process_started

MakeRun = Callable[..., RunDir]
SIZES = [(80, 24), (120, 40), (200, 60), (70, 18), (40, 12)]


class Host(App[None]):
    """The Run screen alone, with its clock held."""

    def __init__(self, root: Path, ids: list[str]) -> None:
        super().__init__()
        self.root, self.ids = root, ids

    def on_mount(self) -> None:
        self.push_screen(RunScreen(self.root, self.ids, now=lambda: STARTED + 1100.0))


@pytest.fixture(autouse=True)
def same_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def pressing(*keys: str) -> Callable[[Pilot[None]], Any]:
    async def run_before(pilot: Pilot[None]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, RunScreen)
        await until(pilot, lambda: all(view.history for view in screen.views.values()))
        await pilot.pause(0.2)
        await pilot.press(*keys)
        await pilot.pause(0.3)

    return run_before


def training(make_run: MakeRun, root: Path) -> RunDir:
    return make_run(
        root,
        state="training",
        epochs=24,
        total=60,
        label="first try",
        data="/data/utkface-5k",
        settings={"dropout": 0.4},
        pid=os.getpid(),
        pid_started=process_started(os.getpid()),
        host=socket.gethostname(),
    )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_training(
    snap_compare: Any, tmp_path: Path, make_run: MakeRun, size: tuple[int, int]
) -> None:
    app = Host(tmp_path, [training(make_run, tmp_path).id])
    assert snap_compare(app, terminal_size=size, run_before=pressing())


def test_failed(snap_compare: Any, tmp_path: Path, make_run: MakeRun) -> None:
    why = "out of memory at batch_size 512: start a run with a smaller one, or on another device"
    run = make_run(tmp_path, epochs=6, state="failed", text=why)
    app = Host(tmp_path, [run.id])
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing())


def a_and_b(make_run: MakeRun, root: Path) -> Host:
    """A long run of A, and a stopped one of B that took longer to begin and fewer epochs."""
    one = make_run(root, epochs=30, total=30, label="plain")
    two = make_run(root, epochs=18, total=30, preset="B", state="stopped")
    late = two.events_file.read_text().splitlines()
    events = [json.loads(line) for line in late]
    for event in events[5:]:
        event["t"] += 60.0  # its features took a minute
    two.events_file.write_text("".join(json.dumps(event) + "\n" for event in events))
    one.model_file("A").write_bytes(b"0" * 10_000_000)
    return Host(root, [one.id, two.id])


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_two_runs_overlaid(
    snap_compare: Any, tmp_path: Path, make_run: MakeRun, size: tuple[int, int]
) -> None:
    app = a_and_b(make_run, tmp_path)
    assert snap_compare(app, terminal_size=size, run_before=pressing())


def test_two_runs_by_time_with_cursor(snap_compare: Any, tmp_path: Path, make_run: MakeRun) -> None:
    app = a_and_b(make_run, tmp_path)
    keys = pressing("a", "left", "left")
    assert snap_compare(app, terminal_size=(120, 40), run_before=keys)


def test_figures_in_the_place_of_the_charts(
    snap_compare: Any, tmp_path: Path, make_run: MakeRun
) -> None:
    app = a_and_b(make_run, tmp_path)
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("c"))


def test_one_chart_smoothed_with_cursor(
    snap_compare: Any, tmp_path: Path, make_run: MakeRun
) -> None:
    app = Host(tmp_path, [training(make_run, tmp_path).id])
    keys = pressing("shift+tab", "f", "m", "g", "left", "left")
    assert snap_compare(app, terminal_size=(120, 40), run_before=keys)


def test_settings_pane(snap_compare: Any, tmp_path: Path, make_run: MakeRun) -> None:
    app = Host(tmp_path, [training(make_run, tmp_path).id])
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing("t", "t"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12)],
                         ids=lambda size: "x".join(map(str, size)))  # fmt: skip
def test_diagnosis(
    snap_compare: Any, tmp_path: Path, make_run: MakeRun, size: tuple[int, int]
) -> None:
    run = make_run(tmp_path, epochs=60, total=60)
    write_events(run, overfitted(60))
    app = Host(tmp_path, [run.id])
    turns = 6 if size == (80, 24) else 5 if size == (120, 40) else 4
    assert snap_compare(app, terminal_size=size, run_before=pressing(*"t" * turns))
