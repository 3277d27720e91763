"""The Run screen, driven by keys over made-up run directories."""

from __future__ import annotations

import dataclasses
import math
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.content import Content
from textual.events import Key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import DataTable, Input, Static

from agegender_tui import launch
from agegender_tui.error_log import log_folder
from agegender_tui.run_layout import AsLeft, arrangement
from agegender_tui.screens.config_diff import ConfigDiffScreen
from agegender_tui.screens.pick_run import PickRunScreen
from agegender_tui.screens.run import RunScreen
from agegender_tui.series import Look
from agegender_tui.widgets.chart import CurveChart
from agegender_tui.widgets.curves import Curves
from agegender_tui.widgets.figures_pane import figures_text
from agegender_tui.widgets.log_pane import LogPane, WorkerLogPane
from agegender_tui.widgets.progress import bar
from agegender_tui.widgets.settings_pane import SettingsPane
from tests.agegender_tui.conftest import PATIENCE, until
from trainer.errors import RunError
from trainer.runs import control
from trainer.runs.event_log import EventWriter, read_events
from trainer.runs.events import BatchEvent, EpochEvent, PhaseEvent
from trainer.runs.layout import RunDir
from trainer.runs.registry import Registry, RunSummary
from trainer.runs.state import process_started

MakeRun = Callable[..., RunDir]


class Host(App[None]):
    def __init__(self, root: Path, ids: list[str]) -> None:
        super().__init__()
        self.run_screen = RunScreen(root, ids)

    def on_mount(self) -> None:
        self.push_screen(self.run_screen)


def shown(screen: RunScreen, selector: str) -> str:
    return str(screen.query_one(selector, Static).render())


def drawn(screen: RunScreen) -> list[str]:
    return [str(chart.render()) for chart in screen.query(CurveChart) if chart.display]


async def ready(pilot: Pilot[None], screen: RunScreen) -> None:
    await until(pilot, lambda: bool(screen.view.history))
    await until(pilot, lambda: all("best" in text for text in drawn(screen)))


def here() -> dict[str, Any]:
    """State fields of a worker that is this very process, so that it counts as alive."""
    return {
        "pid": os.getpid(),
        "pid_started": process_started(os.getpid()),
        "host": socket.gethostname(),
        "heartbeat": time.time(),
    }


async def test_a_finished_run_is_shown_whole(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, epochs=8, label="night [b]run[/b]")
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        header = shown(screen, "#header")
        assert run.id in header and "✔ finished" in header and "night [b]run[/b]" in header
        assert "epoch 8/10" in shown(screen, "#progress")
        assert [text.split("  best")[0] for text in drawn(screen)] == [
            "Gender loss",
            "Gender accuracy",
            "Age loss",
            "Age MAE",
        ]
        assert shown(screen, "#gauges").startswith("at its end   CPU")
        assert "finished" in "".join(str(line.text) for line in screen.query_one(LogPane).lines)


async def test_a_new_epoch_comes_to_the_charts_by_itself(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, state="training", epochs=3, **here())
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        assert shown(screen, "#gauges").startswith("CPU")
        before = drawn(screen)
        last = screen.view.history[-1]
        worse = {name: value + 5 for name, value in last.validation.items()}
        EventWriter(run.events_file).write(
            dataclasses.replace(last, epoch=4, validation=worse, best=False)
        )
        await until(pilot, lambda: drawn(screen) != before)
        assert screen.view.history[-1].epoch == 4


async def test_the_log_is_as_wide_as_the_screen_whatever_came_while_it_was_hidden(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="training", epochs=3, **here())
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(200, 60)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        log = screen.query_one(LogPane)
        whole = lambda: [line.text.strip() for line in log.lines]  # noqa: E731
        await until(pilot, lambda: any("epoch 3:" in line for line in whole()))
        before = whole()
        await pilot.resize_terminal(80, 24)
        EventWriter(run.events_file).write(dataclasses.replace(screen.view.history[-1], epoch=4))
        await until(pilot, lambda: len(screen.view.history) == 4)
        assert not log.display
        await pilot.press("t")
        await until(pilot, lambda: any("epoch 4:" in line for line in whole()))
        assert all(len(line) > 20 for line in whole()) and len(whole()) > len(before)
        await pilot.resize_terminal(60, 24)
        await until(pilot, lambda: len(whole()) > len(before) + 1)
        assert max(map(len, whole())) < 60
        await pilot.resize_terminal(100, 40)
        await until(pilot, lambda: len(whole()) == len(before) + 1)


async def test_a_log_that_became_shorter_is_shown_anew_without_what_stood_there(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run, other = make_run(tmp_path, epochs=8), make_run(tmp_path / "other", epochs=3)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        worked = screen.view.elapsed(0.0)
        before = drawn(screen)
        other.events_file.replace(run.events_file)
        await until(pilot, lambda: [one.epoch for one in screen.view.history] == [1, 2, 3])
        await until(pilot, lambda: drawn(screen) != before)
        assert screen.view.elapsed(0.0) == worked - 5 * 4.0
        lines = [str(line.text) for line in screen.query_one(LogPane).lines]
        assert sum("finished" in line for line in lines) == 1
        assert not any("epoch 8" in line for line in lines)


async def test_a_run_without_a_finite_value_is_not_said_to_have_no_epoch(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="training", epochs=1, **here())
    (first,) = (event for event in read_events(run.events_file) if isinstance(event, EpochEvent))
    lost = dict.fromkeys(first.validation, math.nan)
    EventWriter(run.events_file).write(
        dataclasses.replace(first, train=lost, validation=lost, best=False)
    )
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await until(pilot, lambda: all("no finite value here" in text for text in drawn(screen)))
        assert "epoch 2/10" in shown(screen, "#progress")


async def test_phases_are_live_before_the_first_epoch(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, state="starting", epochs=0, **here())
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        EventWriter(run.events_file).write(PhaseEvent(name="decoding", done=1200, of=5000))
        await until(pilot, lambda: "1,200/5,000" in shown(screen, "#progress"))
        assert "decoding the faces" in shown(screen, "#progress")


async def test_why_a_run_failed_is_shown_to_its_last_word(
    tmp_path: Path, make_run: MakeRun
) -> None:
    why = f"/runs/{'x' * 90}/checkpoints: the disk is full; free some space, then resume"
    run = make_run(tmp_path, state="failed", text=why)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await until(pilot, lambda: "then resume" in shown(screen, "#trouble"))
        await until(pilot, lambda: screen.query_one("#trouble").size.height >= 2)


async def test_a_run_with_an_unreadable_state_is_broken_not_queued(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path)
    run.state_file.write_text('{"v": 99, "state": "training"}')
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await until(pilot, lambda: "written by a newer version" in shown(screen, "#sentence"))
        assert "! broken" in shown(screen, "#header")


async def test_stop_is_sent_and_shown_as_asked(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, state="training", **here())
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        await pilot.press("s")
        await until(pilot, lambda: "stopping, asked" in shown(screen, "#header"))
        assert [command for _, command in control.pending(run)] == ["stop"]


async def test_a_command_that_cannot_be_is_one_line(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app.run_screen)
        await pilot.press("p")
        await until(pilot, lambda: bool(app._notifications))
        (told,) = app._notifications
        assert told.severity == "error" and "not running" in told.message


async def test_resume_goes_through_launch(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def resume(run: RunDir) -> str:
        asked.append(run.id)
        raise RunError("no")

    monkeypatch.setattr(launch, "resume", resume)
    run = make_run(tmp_path, state="stopped")
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app.run_screen)
        await pilot.press("r")
        await until(pilot, lambda: asked == [run.id])


async def test_kill_asks_first(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[str] = []

    def kill(run: RunDir) -> str:
        killed.append(run.id)
        return "killed"

    monkeypatch.setattr(launch, "kill", kill)
    run = make_run(tmp_path, state="training", **here())
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        await pilot.press("k")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.pause()
        assert killed == []
        await pilot.press("k")
        await until(pilot, lambda: app.screen is not screen)
        await pilot.press("y")
        await until(pilot, lambda: killed == [run.id])


async def test_before_a_kill_it_is_said_that_without_a_checkpoint_all_is_lost(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="training", epochs=0, **here())
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await until(pilot, lambda: screen.view.shown == "training")
        await pilot.press("k")
        await until(pilot, lambda: app.screen is not screen)
        question = str(app.screen.query(Static).first().render())
        assert question.endswith("now? It has no checkpoint yet: all that it did is lost.")


async def test_without_a_worker_there_is_nothing_to_kill(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        await pilot.press("k")
        await until(pilot, lambda: bool(app._notifications) or app.screen is not screen)
        assert app.screen is screen
        (told,) = app._notifications
        assert told.message == f"{run.id} is finished: there is no worker to kill"


async def test_charts_are_not_drawn_while_another_screen_hides_them(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="training", epochs=3, **here())
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        await pilot.pause(0.3)
        app.push_screen(Screen())
        await pilot.pause()
        before = [chart.data for chart in screen.query(CurveChart)]
        last = screen.view.history[-1]
        EventWriter(run.events_file).write(dataclasses.replace(last, epoch=4))
        await until(pilot, lambda: screen.view.history[-1].epoch == 4)
        await pilot.pause(0.3)
        assert [chart.data for chart in screen.query(CurveChart)] == before
        app.pop_screen()
        await until(
            pilot,
            lambda: all(chart.data and chart.data.last == 4 for chart in screen.query(CurveChart)),
        )


async def test_cursor_reads_values_from_the_best_epoch_on(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, epochs=8)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(160, 40)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        await pilot.press("left")
        best = int(next(e.epoch for e in reversed(screen.view.history) if e.best))
        assert f"epoch {best} " in shown(screen, "#legend")
        await pilot.press("left")
        assert f"epoch {best - 1} " in shown(screen, "#legend")
        assert "→" in shown(screen, "#legend")
        await pilot.press("0")
        assert "training" in shown(screen, "#legend")


@pytest.mark.parametrize("axis", ["", "a"])
async def test_home_and_end_take_the_cursor_to_the_outermost_epochs_of_all_runs(
    tmp_path: Path, make_run: MakeRun, axis: str
) -> None:
    one, two = make_run(tmp_path, epochs=3), make_run(tmp_path, epochs=8)
    app = Host(tmp_path, [one.id, two.id])
    async with app.run_test(size=(160, 40)) as pilot:
        screen = app.run_screen
        await until(pilot, lambda: [len(view.history) for view in screen.views.values()] == [3, 8])
        await pilot.press(*axis, "end")
        last = screen.curves.look.cursor
        course = list(screen.views.values())[1].course
        assert last == (course.seconds[7] if axis else 8)
        await pilot.press("home")
        assert screen.curves.look.cursor == (course.seconds[0] if axis else 1)


async def test_home_and_end_do_nothing_before_the_first_epoch(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="training", epochs=0)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.run_screen.query(Curves))
        await pilot.press("end", "home")
        assert app.run_screen.curves.look.cursor is None


async def test_smoothing_log_and_zoom_change_the_look(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, epochs=10)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        curves = screen.query_one(Curves)
        await pilot.press("m")
        assert "smoothed 0.6" in shown(screen, "#legend")
        await pilot.press("m", "m")
        assert curves.look.smoothing == 0.0
        await pilot.press("g")
        await until(pilot, lambda: sum("(log)" in text for text in drawn(screen)) == 3)
        await pilot.press("plus")
        assert curves.look.span == 5
        await pilot.press("minus")
        assert curves.look.span is None


async def test_one_chart_full_screen_and_back(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        await pilot.press("tab", "f")
        await until(pilot, lambda: len(drawn(screen)) == 1)
        assert drawn(screen)[0].startswith("Gender accuracy")
        assert not screen.query_one("#panes").display
        await pilot.press("shift+tab")
        assert drawn(screen)[0].startswith("Gender loss")
        await pilot.press("escape")
        assert len(drawn(screen)) == 4 and app.screen is screen
        await pilot.press("escape")
        assert app.screen is not screen


async def test_panes_take_turns(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, settings={"dropout": 0.25, "group": "g1"})
    run.log_file.write_text("Traceback\x1b[31m of something\n")
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        await pilot.press("t")
        assert screen.query_one(LogPane).display and not screen.curves.display
        await pilot.press("t")
        assert screen.query_one(SettingsPane).display
        text = shown(screen, "#settings-text")
        assert "* dropout 0.25  (preset 0.5)" in text and "* epochs 10  (preset 170)" in text
        assert "* group g1  (preset –)" in text and "label –" in text
        await pilot.press("t", "t")
        pane = screen.query_one(WorkerLogPane)
        await until(pilot, lambda: bool(pane.lines))
        assert "\\x1b[31m of something" in pane.lines[0].text
        await pilot.press("t")
        assert "age MAE, best epoch" in shown(screen, "#figures-text")
        await pilot.press("t")
        assert shown(screen, "#diagnosis-text").startswith("· 5 epochs are too few")
        await pilot.press("t")
        assert screen.curves.display


async def test_overlaid_runs_are_all_named_at_80_columns(tmp_path: Path, make_run: MakeRun) -> None:
    label = "label smoothing 0.1, mixup 0.2, second try with seed 7"
    runs = [make_run(tmp_path, label=label, preset="A-best") for _ in range(5)]
    app = Host(tmp_path, [run.id for run in runs])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await until(pilot, lambda: all(view.history for view in screen.views.values()))
        for key in ("m", "left", "a"):
            await pilot.press(key)
            legend = shown(screen, "#legend")
            line = legend[: screen.query_one("#legend").content_size.width - 1]
            assert all(run.id[-4:] in line for run in runs)


async def test_another_run_is_laid_over_and_taken_away(tmp_path: Path, make_run: MakeRun) -> None:
    one = make_run(tmp_path, label="first")
    two = make_run(tmp_path, label="second", epochs=9)
    app = Host(tmp_path, [one.id])
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        for expected in ([one.id, two.id], [one.id]):
            await pilot.press("o")
            await until(pilot, lambda: bool(app.screen.query("OptionList")))
            await until(pilot, lambda: app.screen.query_one("OptionList").option_count == 1)
            await pilot.press("down", "enter")
            await until(pilot, lambda expected=expected: screen.run_ids == expected)
            if len(expected) == 2:
                await until(pilot, lambda: bool(screen.views[two.id].history))
                await until(pilot, lambda: "second" in shown(screen, "#legend"))
                assert "1 overlaid" in shown(screen, "#header")
        assert "training" in shown(screen, "#legend")


async def overlaid(
    pilot: Pilot[None], make_run: MakeRun, root: Path
) -> tuple[RunScreen, RunDir, RunDir]:
    """A Run screen over a run of A and a slower one of B."""
    one = make_run(root, epochs=8)
    two = make_run(root, epochs=4, preset="B", label="frozen")
    screen = RunScreen(root, [one.id, two.id])
    pilot.app.push_screen(screen)
    await until(pilot, lambda: all(view.history for view in screen.views.values()))
    await until(pilot, lambda: all("best" in text or "▀▄" in text for text in drawn(screen)))
    return screen, one, two


class Bare(App[None]):
    """An application without a screen of ours."""


async def test_overlaid_runs_are_compared_by_time_as_well_as_by_epoch(
    tmp_path: Path, make_run: MakeRun
) -> None:
    async with Bare().run_test(size=(120, 40)) as pilot:
        screen, _, two = await overlaid(pilot, make_run, tmp_path)
        assert "by epoch" in shown(screen, "#legend")
        await pilot.press("a")
        assert "by time of work" in shown(screen, "#legend")
        await until(pilot, lambda: all(chart.data.by_time for chart in screen.query(CurveChart)))
        data = screen.query_one("#chart-age-mae", CurveChart).data
        assert data and data.first == 0.0
        assert data.last == pytest.approx(screen.view.course.seconds[-1])
        (other,) = (line for line in data.lines if line.role == "1")
        assert other.xs == screen.views[two.id].course.seconds


async def test_the_cursor_stays_on_its_epoch_when_the_axis_changes(
    tmp_path: Path, make_run: MakeRun
) -> None:
    async with Bare().run_test(size=(160, 40)) as pilot:
        screen, one, two = await overlaid(pilot, make_run, tmp_path)
        await pilot.press("left", "left", "left")
        epoch = screen.curves.look.cursor
        assert f"epoch {epoch:.0f}   " in shown(screen, "#legend")
        assert ": no values" in shown(screen, "#legend")  # the second run was not that far
        await pilot.press("a")
        legend = shown(screen, "#legend")
        assert f"A {one.id[-4:]}, epoch {epoch:.0f}" in legend
        assert f"frozen (B {two.id[-4:]}), epoch 4" in legend  # the last it had done by then
        await pilot.press("right")
        assert screen.curves.look.cursor == screen.view.course.seconds_of(int(epoch or 0) + 1)
        await pilot.press("a")
        assert screen.curves.look.cursor == (epoch or 0) + 1


async def test_titles_read_each_run_at_the_cursor(tmp_path: Path, make_run: MakeRun) -> None:
    async with Bare().run_test(size=(160, 40)) as pilot:
        screen, _, _ = await overlaid(pilot, make_run, tmp_path)
        assert "best" in drawn(screen)[3] and " at 8" in drawn(screen)[3]
        await pilot.press("left", *["left"] * 5)
        cursor = int(screen.curves.look.cursor or 0)
        there = [view.history[cursor - 1].validation["age_mae"] for view in screen.views.values()]
        await until(
            pilot,
            lambda: all(f"{value:.2f} y" in drawn(screen)[3].split("\n")[0] for value in there),
        )


async def test_zoom_by_time_shows_half_of_the_time(tmp_path: Path, make_run: MakeRun) -> None:
    async with Bare().run_test(size=(120, 40)) as pilot:
        screen, _, _ = await overlaid(pilot, make_run, tmp_path)
        await pilot.press("a", "plus")
        span = screen.view.course.seconds[-1] // 2
        assert screen.curves.look.span == span
        chart = screen.query_one("#chart-age-mae", CurveChart)
        await until(
            pilot,
            lambda: chart.data is not None and chart.data.last - chart.data.first == span,
        )
        await pilot.press("a")
        assert screen.curves.look.span is None  # seconds are no epochs


async def test_figures_stand_beside_the_charts_of_overlaid_runs(
    tmp_path: Path, make_run: MakeRun
) -> None:
    async with Bare().run_test(size=(120, 40)) as pilot:
        screen, _, two = await overlaid(pilot, make_run, tmp_path)
        assert screen.query_one("#figures").display and screen.curves.display
        text = shown(screen, "#figures-text")
        assert "2,517,442" in text and "15,144,002" in text and "7,508,994" in text
        assert "size on disk" in text and "seconds per epoch" in text
        two.model_file("B").write_bytes(b"0" * (3 << 20))
        await pilot.press("c")
        assert not screen.query_one("#figures").display and screen.query_one(LogPane).display
        await pilot.press("c")
        await until(pilot, lambda: "3.0 MiB" in shown(screen, "#figures-text"))


async def test_figures_are_made_anew_for_an_epoch_or_a_state_and_for_no_other_news(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Bare().run_test(size=(120, 40)) as pilot:
        screen, _, _ = await overlaid(pilot, make_run, tmp_path)
        view = screen.view
        await pilot.pause()  # the pane has its width
        screen._tell()
        made: list[int] = []

        def counted(*arguments: Any) -> Content:
            made.append(1)
            return figures_text(*arguments)

        monkeypatch.setattr("agegender_tui.widgets.figures_pane.figures_text", counted)
        view.apply([BatchEvent(epoch=6, epochs=9, step=1, of=9, metrics={}, images_per_second=1.0)])
        screen._tell()
        assert not made
        view.apply([dataclasses.replace(view.history[-1], epoch=6)])
        screen._tell()
        assert len(made) == 1
        view.shown = "stopped"
        screen._tell()
        assert len(made) == 2


async def test_figures_take_the_place_of_the_charts_where_there_is_no_room(
    tmp_path: Path, make_run: MakeRun
) -> None:
    async with Bare().run_test(size=(80, 24)) as pilot:
        screen, _, _ = await overlaid(pilot, make_run, tmp_path)
        assert screen.curves.display
        await pilot.press("c")
        await until(pilot, lambda: "age MAE" in shown(screen, "#figures-text"))
        assert not screen.curves.display
        await pilot.press("c")
        assert screen.curves.display


async def test_figures_of_many_runs_go_below_one_another_where_it_gets_narrow(
    tmp_path: Path, make_run: MakeRun
) -> None:
    ids = [make_run(tmp_path).id for _ in range(4)]
    app = Host(tmp_path, ids)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.run_screen
        await until(pilot, lambda: all(view.history for view in screen.views.values()))
        heads = lambda: shown(screen, "#figures-text").count("* best of these")  # noqa: E731
        await until(pilot, lambda: heads() == 1)
        await pilot.resize_terminal(72, 40)
        await until(pilot, lambda: heads() == 2)
        assert all(name[-4:] in shown(screen, "#figures-text") for name in ids)


async def test_settings_that_differ_are_shown_over_the_charts(
    tmp_path: Path, make_run: MakeRun
) -> None:
    async with Bare().run_test(size=(120, 40)) as pilot:
        await overlaid(pilot, make_run, tmp_path)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfigDiffScreen))
        names = [str(row[0]) for row in _table(pilot)]
        assert {"model", "batch_size", "learning_rate"} <= set(names)


def _table(pilot: Pilot[None]) -> list[list[Any]]:
    table = pilot.app.screen.query_one(DataTable)
    return [table.get_row_at(number) for number in range(table.row_count)]


async def test_overlaid_runs_are_exported_as_one(tmp_path: Path, make_run: MakeRun) -> None:
    async with Bare().run_test(size=(80, 24)) as pilot:
        _, one, two = await overlaid(pilot, make_run, tmp_path)
        await pilot.press("x")
        await until(pilot, lambda: bool(pilot.app._notifications))
        stem = f"overlay-{one.id[-4:]}-{two.id[-4:]}"
        assert (one.path / f"{stem}.png").read_bytes().startswith(b"\x89PNG")
        assert len((one.path / f"{stem}-epochs.csv").read_text().splitlines()) == 13
        assert len((one.path / f"{stem}-figures.csv").read_text().splitlines()) == 3
        (told,) = pilot.app._notifications
        assert f"{stem}-figures.csv" in told.message


async def test_who_comes_back_finds_the_charts_as_they_were(
    tmp_path: Path, make_run: MakeRun
) -> None:
    one, two = make_run(tmp_path, epochs=8), make_run(tmp_path, epochs=8)
    left = AsLeft((one.id,), Look(smoothing=0.6, log=True, cursor=3, span=4), "settings")
    for ids, cursor in ([one.id], 3), ([two.id], None):
        async with Bare().run_test(size=(120, 40)) as pilot:
            screen = RunScreen(tmp_path, ids, as_left=left)
            pilot.app.push_screen(screen)
            await until(pilot, lambda screen=screen: bool(screen.view.history))
            assert screen.query_one(SettingsPane).display
            assert screen.as_left.look.smoothing == 0.6 and screen.as_left.look.log
            assert screen.as_left.look.cursor == cursor


async def test_export_writes_both_files_and_says_where(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path, epochs=5)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app.run_screen)
        await pilot.press("x")
        await until(pilot, lambda: bool(app._notifications))
        (told,) = app._notifications
        picture, table = run.path / "curves-epoch-5.png", run.path / "epochs-5.csv"
        assert str(picture) in told.message and str(table) in told.message
        assert picture.read_bytes().startswith(b"\x89PNG")
        lines = table.read_text().splitlines()
        assert lines[0].startswith("epoch,loss,") and len(lines) == 6


async def test_leaving_and_coming_back_rebuilds_everything(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, epochs=6)
    pictures = []
    for _ in range(2):
        app = Host(tmp_path, [run.id])
        async with app.run_test(size=(120, 40)) as pilot:
            await ready(pilot, app.run_screen)
            pictures.append([*drawn(app.run_screen), shown(app.run_screen, "#header")])
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("damage", ["config", "state", "newer", "gone"])
async def test_a_damaged_run_is_one_sentence(
    tmp_path: Path, make_run: MakeRun, damage: str
) -> None:
    run = make_run(tmp_path)
    if damage == "config":
        run.config_file.unlink()
    elif damage == "state":
        run.state_file.write_text("{")
    elif damage == "newer":
        run.state_file.write_text('{"v": 99, "state": "training"}')
    app = Host(tmp_path, [run.id if damage != "gone" else "no-such-run"])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await until(pilot, lambda: bool(shown(screen, "#sentence")))
        await pilot.press("left", "f", "t", "m")
        sentence = shown(screen, "#sentence")
        assert "\n" not in sentence and screen.query_one("#sentence").display
        word = {"config": "config.toml", "newer": "newer version"}.get(damage, "state.json")
        await until(pilot, lambda: word in shown(screen, "#sentence") or damage == "gone")


async def test_resizing_changes_the_arrangement(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run(tmp_path)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(200, 60)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        assert screen.query_one(SettingsPane).display and screen.query_one(LogPane).display
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: "40×12" in shown(screen, "#sentence"))
        await pilot.resize_terminal(80, 18)
        await until(pilot, lambda: screen.curves.display and len(drawn(screen)) == 1)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: len(drawn(screen)) == 4)


def test_every_size_has_an_arrangement() -> None:
    sizes = [(40, 12), (60, 16), (80, 24), (120, 40), (200, 60)]
    assert [arrangement(*size) for size in sizes] == ["tiny", "low", "short", "tall", "wide"]


async def test_the_log_of_events_matches_what_the_file_has(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, epochs=4)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app.run_screen)
        told = [event for event in read_events(run.events_file) if event.type == "epoch"]
        assert list(app.run_screen.view.history) == told


async def test_without_another_run_to_lay_over_no_list_is_drawn(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app.run_screen)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, PickRunScreen))
        question = app.screen.query_one("#question", Static)
        await until(pilot, lambda: "no other run. esc goes back" in str(question.render()))
        assert not app.screen.query_one("OptionList").display
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.run_screen)


async def test_the_run_to_lay_over_is_found_by_a_filter_and_chosen_by_enter(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run, wide, deep = (make_run(tmp_path, label=label) for label in ("", "wide", "deep"))
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(100, 30)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)

        async def asked() -> None:
            await pilot.press("o")
            await until(pilot, lambda: isinstance(app.screen, PickRunScreen) and app.screen._runs)

        await asked()
        await pilot.press("enter")
        await until(pilot, lambda: screen.run_ids == [run.id, deep.id])
        await asked()
        assert isinstance(app.screen, PickRunScreen)
        for key in ("slash", *"wide/"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        field = app.screen.query_one("#filter", Input)
        await until(pilot, lambda: field.value == "wide/")
        said = app.screen.query_one("#filter-said", Static)
        await until(pilot, lambda: "0 of 2 fit" in str(said.render()))
        await pilot.press("enter", "backspace", "enter", "enter")
        await until(pilot, lambda: screen.run_ids == [run.id, deep.id, wide.id])
        await asked()
        await pilot.press("slash", "x", "escape")
        assert isinstance(app.screen, PickRunScreen) and not app.screen.has_class("filtering")
        await pilot.press("down", "enter")
        await until(pilot, lambda: screen.run_ids == [run.id, deep.id])


async def test_runs_that_cannot_be_listed_are_one_sentence_in_the_choice_of_an_overlay(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Registry) -> list[RunSummary]:
        raise RunError("/runs: no permission to read it; choose another with --runs")

    run = make_run(tmp_path)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app.run_screen)
        monkeypatch.setattr(Registry, "list", refuse)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, PickRunScreen))
        question = app.screen.query_one("#question", Static)
        await until(pilot, lambda: "no permission to read it" in str(question.render()))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.run_screen)


async def test_runs_listed_after_the_choice_is_gone_are_dropped(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path)
    app = Host(tmp_path, [run.id])
    asked, told = threading.Event(), threading.Event()

    def late(_: Registry) -> list[RunSummary]:
        asked.set()
        told.wait(PATIENCE)
        return []

    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app.run_screen)
        monkeypatch.setattr(Registry, "list", late)
        await pilot.press("o")
        await until(pilot, asked.is_set)
        await app.screen.query("*").remove()  # as it is taken down when one leaves
        told.set()
        await pilot.pause(0.1)


@pytest.mark.parametrize("key", ["o", "k"])
async def test_two_quick_keys_ask_once(tmp_path: Path, make_run: MakeRun, key: str) -> None:
    run = make_run(tmp_path, state="training", **here())
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app.run_screen)
        for _ in range(2):
            app.post_message(Key(key, key))
        await until(pilot, lambda: app.screen is not app.run_screen)
        await pilot.pause(0.1)
        assert app.screen_stack.index(app.run_screen) == len(app.screen_stack) - 2


async def test_a_worker_log_that_hangs_is_waited_for_once(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path)
    calls: list[Path] = []
    goes_on = threading.Event()

    def hanging(path: Path) -> list[str]:
        calls.append(path)
        goes_on.wait(PATIENCE)
        return ["its end"]

    monkeypatch.setattr("agegender_tui.screens.run.tail", hanging)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(120, 40)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        screen._show_pane("worker-log")
        await until(pilot, lambda: bool(calls))
        screen._tick()
        screen._tick()
        await pilot.pause()
        goes_on.set()
        log = screen.query_one(WorkerLogPane)
        await until(pilot, lambda: "its end" in "".join(line.text for line in log.lines))
        assert calls == [run.log_file]
        screen._tick()
        await until(pilot, lambda: len(calls) == 2)


async def test_who_scrolled_up_in_the_worker_log_stays_there(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run = make_run(tmp_path, state="training", **here())
    run.log_file.write_text("".join(f"line {number}\n" for number in range(100)))
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.run_screen
        await ready(pilot, screen)
        pane = screen.query_one(WorkerLogPane)
        await pilot.press("t", "t", "t", "t")
        await until(pilot, lambda: len(pane.lines) == 100 and pane.is_vertical_scroll_end)
        await pilot.press("up")
        await pilot.pause()
        place = pane.scroll_y
        assert 0 < place < pane.max_scroll_y
        with open(run.log_file, "a") as log:
            log.write("one more\n")
        screen._tick()
        await until(pilot, lambda: len(pane.lines) == 101)
        await pilot.pause()
        assert pane.scroll_y == place
        await pilot.press("down", "down")
        await until(pilot, lambda: pane.is_vertical_scroll_end)
        with open(run.log_file, "a") as log:
            log.write("the last\n")
        screen._tick()
        await until(pilot, lambda: len(pane.lines) == 102)
        await pilot.pause()
        assert pane.is_vertical_scroll_end


async def test_a_fault_in_a_command_is_one_line_and_a_log(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(_: RunDir) -> str:
        raise KeyError("gender_loss")

    monkeypatch.setattr(launch, "resume", fault)
    run = make_run(tmp_path)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app.run_screen)
        await pilot.press("r")
        await until(pilot, lambda: bool(app._notifications))
        (note,) = app._notifications
        assert note.severity == "error" and "by a fault" in note.message
    assert "KeyError: 'gender_loss'" in (log_folder() / "errors.log").read_text()


def test_a_gauge_of_no_number_is_empty() -> None:
    assert str(bar(math.nan, 4)) == str(bar(math.inf, 4)) == "    "


async def test_curves_are_exported_where_the_current_folder_was_deleted(
    tmp_path: Path, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    app = Host(tmp_path, [run.id])
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app.run_screen)
        gone.rmdir()
        await pilot.press("x")
        await until(pilot, lambda: (run.path / "epochs-5.csv").exists())
        await until(pilot, lambda: bool(app._notifications))
