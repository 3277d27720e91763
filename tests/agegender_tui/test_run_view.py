"""What the Run screen knows of a run, from its events and state alone."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from agegender_tui.follow import Follower
from agegender_tui.run_news import take_in
from agegender_tui.run_view import RunView
from agegender_tui.widgets.progress import lines
from trainer.config import RunConfig
from trainer.runs.events import (
    BatchEvent,
    EndEvent,
    EpochEvent,
    Event,
    MessageEvent,
    PhaseEvent,
    RunEvent,
)
from trainer.runs.layout import RunDir
from trainer.runs.registry import Registry
from trainer.runs.state import RunState
from trainer.text import duration


def at(t: float, event: Event) -> Event:
    return dataclasses.replace(event, t=t)


def began(t: float, action: str = "start", epoch: int = 1) -> Event:
    return at(t, RunEvent(action=action, pid=7, host="h", device="gpu:0", epoch=epoch))


def epoch(number: int, seconds: float = 10.0, mae: float = 6.0) -> EpochEvent:
    values = {"age_mae": mae, "gender_accuracy": 0.9}
    return EpochEvent(
        epoch=number,
        epochs=20,
        train=values,
        validation=values,
        learning_rate=1e-3,
        seconds=seconds,
        images_per_second=400.0,
        best=False,
    )


def batch(number: int, step: int) -> BatchEvent:
    return BatchEvent(epoch=number, epochs=20, step=step, of=50, metrics={}, images_per_second=320)


@pytest.fixture
def view() -> RunView:
    state = RunState(state="training", epochs=20, steps=50)
    return RunView(RunDir(Path("r")), RunConfig(epochs=20), state=state, shown="training")


def test_time_left_comes_from_the_epochs_before(view: RunView) -> None:
    view.apply([began(0), epoch(1), epoch(2, 30.0), epoch(3), batch(4, 25)])
    progress = view.progress()
    assert (progress.epoch, progress.step, progress.steps) == (4, 25, 50)
    assert progress.epoch_left == pytest.approx(5.0)
    assert progress.run_left == pytest.approx(5.0 + 16 * 10.0)
    assert progress.images_per_second == 320


def test_time_left_in_the_first_epoch_comes_from_the_speed(view: RunView) -> None:
    view.apply([began(0), batch(1, 25)])
    assert view.progress().epoch_left == pytest.approx(25 * 64 / 320)


def test_no_time_left_is_told_while_paused(view: RunView) -> None:
    view.apply([began(0), epoch(1), batch(2, 25)])
    view.shown = "paused"
    assert math.isnan(view.progress().run_left)


def test_a_run_that_was_paused_and_waits_again_is_not_said_to_be_paused(view: RunView) -> None:
    view.apply([began(0), epoch(1), PhaseEvent(name="paused")])
    view.shown = "paused"
    assert view.progress().phase == "paused"
    view.shown = "queued"
    assert view.progress().phase != "paused"


@pytest.mark.parametrize(
    ("events", "filled"),
    [
        ([batch(1, 1)], 0),
        ([epoch(1), batch(2, 25)], 1.5),
        ([epoch(19), batch(20, 1)], 19),
        ([epoch(20)], 20),
    ],
)
@pytest.mark.parametrize(("width", "rows"), [(100, 2), (80, 1)])
def test_the_bar_of_the_epochs_is_filled_by_what_is_done_of_them(
    view: RunView, events: list[Event], filled: float, width: int, rows: int
) -> None:
    view.apply([began(0), *events])
    shown = lines(view, width, rows).plain.splitlines()[-1]
    bar = shown.partition(" epoch")[0]
    size = 20 if rows == 2 else 8
    assert bar.count("█") == int(filled / 20 * size)


def test_an_epoch_told_twice_counts_once_and_the_later_one(view: RunView) -> None:
    assert view.apply([epoch(1), epoch(2, mae=9.0), began(50, "resume", 2), epoch(2, mae=8.0)])
    assert [one.epoch for one in view.history] == [1, 2]
    assert view.history[1].validation["age_mae"] == 8.0


def test_only_epochs_make_the_curves_grow(view: RunView) -> None:
    assert not view.apply([began(0), batch(1, 3)])


def test_elapsed_counts_the_attempts_not_the_time_between(view: RunView) -> None:
    view.apply([began(100), at(130, batch(1, 3)), began(1000, "resume"), at(1010, batch(1, 9))])
    assert view.elapsed(1015) == pytest.approx(30 + 15)
    view.shown = "lost"
    assert view.elapsed(9999) == pytest.approx(30 + 10)


def test_elapsed_leaves_out_the_time_from_an_end_to_the_next_worker(view: RunView) -> None:
    end = EndEvent(state="stopped", text="saved", epoch=1, code=8)
    view.apply([began(100), at(110, PhaseEvent(name="compiling")), at(400, end)])
    view.shown = "stopped"
    assert view.elapsed(99_999) == pytest.approx(300)
    view.shown = "queued"
    assert view.elapsed(99_999) == pytest.approx(300)
    view.apply([began(100_000, "resume")])
    assert view.elapsed(100_005) == pytest.approx(305)


def test_a_command_shows_from_when_it_was_asked_until_it_is_done(view: RunView) -> None:
    assert view.asked_text(100) == ""
    view.asked = ((88.0, "stop"),)
    assert view.asked_text(100) == "stopping, asked 12 s ago"
    view.asked = ()
    view.state = dataclasses.replace(view.state, asked="pause", asked_at=90.0)
    assert view.asked_text(100) == "pausing, asked 10 s ago"
    view.state = dataclasses.replace(view.state, state="stopped")
    assert view.asked_text(100) == ""


def test_the_phase_is_live_while_the_worker_starts(view: RunView) -> None:
    view.shown = "starting"
    view.apply([began(0), PhaseEvent(name="decoding", done=1200, of=5000)])
    progress = view.progress()
    assert view.preparing
    assert (progress.phase, progress.done, progress.of) == ("decoding the faces", 1200, 5000)


@pytest.mark.parametrize(
    ("settings", "state"), [("model =", "broken"), ('model = "A"\nof_tomorrow = 1\n', "finished")]
)
def test_a_run_whose_settings_cannot_be_read_is_called_as_in_the_list(
    tmp_path: Path, make_run: Callable[..., RunDir], settings: str, state: str
) -> None:
    run = make_run(tmp_path)
    run.config_file.write_text(settings)
    follower = Follower([run], lambda: None)
    follower.poll()
    view = RunView(run)
    for news in follower.take():
        take_in(view, news)
    assert view.shown == Registry(tmp_path).summary(run).state == state
    assert "config.toml" in view.problem


def test_a_step_ends_the_phase_before_it(view: RunView) -> None:
    view.apply([began(0), PhaseEvent(name="compiling")])
    assert view.progress().phase == "compiling the first step"
    view.apply([batch(1, 3)])
    assert view.progress().phase == "training"


def test_placing_the_years_is_told_as_it_goes(view: RunView) -> None:
    view.apply([began(0), batch(1, 3), PhaseEvent(name="stretching", done=640, of=4000)])
    progress = view.progress()
    assert view.preparing
    assert (progress.phase, progress.done, progress.of) == (
        "placing the years of the age",
        640,
        4000,
    )


def test_a_resumed_run_prepares_again(view: RunView) -> None:
    view.apply([began(0), PhaseEvent(name="training"), batch(1, 3), began(9, "resume")])
    assert view.phase is None and view.batch is None


def test_log_tells_each_phase_once_and_not_those_of_every_epoch(view: RunView) -> None:
    counts = [PhaseEvent(name="decoding", done=n, of=9) for n in range(5)]
    view.apply([*counts, PhaseEvent(name="training"), PhaseEvent(name="validating")])
    assert [line.text for line in view.log] == ["decoding the faces"]


@pytest.mark.parametrize(
    ("name", "detail", "told"),
    [
        ("importing", "TensorFlow", "importing TensorFlow"),
        ("compiling", "the first step takes longest", "compiling the first step"),
        ("weights", "looking for VGG16's ImageNet weights", "getting the ImageNet weights"),
        ("features", "running the frozen blocks", "running the frozen blocks once"),
        ("queued", "cpu is taken by A k3f9", "waiting for the device: cpu is taken by A k3f9"),
    ],
)
def test_log_tells_a_phase_without_saying_it_twice(
    view: RunView, name: str, detail: str, told: str
) -> None:
    view.apply([PhaseEvent(name=name, detail=detail)])
    assert view.log[-1].text == told


def test_log_has_messages_epochs_and_the_end(view: RunView) -> None:
    told = MessageEvent(level="warning", text="3 faces\x1b[2Jleft out")
    end = EndEvent(state="failed", text="out of memory", epoch=1, code=7)
    view.apply([told, epoch(1), end])
    levels = [line.level for line in view.log]
    assert levels == ["warning", "info", "error"]
    assert "\x1b" not in view.log[0].text and "left out" in view.log[0].text
    assert "age MAE 6.00" in view.log[1].text
    assert view.log[2].text == "failed: out of memory"
    assert view.logged == 3


def test_log_is_bounded_but_counts_on(view: RunView) -> None:
    view.apply([MessageEvent(level="info", text=str(n)) for n in range(2000)])
    assert view.logged == 2000 and len(view.log) < 1000


def test_a_finished_run_shows_its_last_epoch(view: RunView) -> None:
    view.state = dataclasses.replace(view.state, state="finished")
    view.shown = "finished"
    view.apply([began(0), epoch(1), epoch(2)])
    progress = view.progress()
    assert (progress.epoch, progress.epochs) == (2, 20)
    assert math.isnan(progress.run_left)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (75, "1 min 15 s"), (7500, "2 h 05 min"), (273_600, "3 d 4 h"), (math.nan, "–")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_time_at_work_leaves_out_waits_and_pauses_and_goes_on_while_it_works(view: RunView) -> None:
    queued = [began(0), at(0, PhaseEvent(name="queued")), at(100, PhaseEvent(name="importing"))]
    view.apply([*queued, at(130, epoch(1)), at(140, PhaseEvent(name="paused"))])
    assert view.elapsed(now=999) == pytest.approx(40.0)
    view.apply([at(1000, PhaseEvent(name="training"))])
    assert view.elapsed(now=1005) == pytest.approx(45.0)
    assert view.log[-1].text == "goes on after the pause"
