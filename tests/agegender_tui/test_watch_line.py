import io
import itertools
import json
import math
import re

import pytest
from rich.cells import cell_len

from agegender_tui import watch_line
from agegender_tui.watch_line import (
    JsonLines,
    LivingLine,
    PlainLines,
    Progress,
    bar,
    duration,
    follow,
    phase_line,
    spoken_line,
)
from trainer.errors import ExitCode
from trainer.runs.event_log import EventReader, EventWriter, read_events
from trainer.runs.events import (
    BatchEvent,
    EndEvent,
    EpochEvent,
    MessageEvent,
    PhaseEvent,
    RunEvent,
    encode,
)
from trainer.runs.state import RunState, write_state


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Time passes when it is asked for, and one that follows for ever is told to stop."""
    clock, patience = itertools.count(0.0, 2.0), iter(range(100))
    monkeypatch.setattr(watch_line.time, "sleep", lambda _: next(patience))
    monkeypatch.setattr(watch_line.time, "monotonic", lambda: next(clock))


def batch(epoch, step, of=40, epochs=10):
    return BatchEvent(
        epoch=epoch, epochs=epochs, step=step, of=of, metrics={}, images_per_second=412.4
    )


def epoch(number, epochs=10, seconds=30.0, best=True, mae=6.25):
    part = {"loss": 9.0, "age_mae": mae, "gender_accuracy": 0.886}
    return EpochEvent(
        epoch=number, epochs=epochs, train=part, validation=part, learning_rate=1e-3,
        seconds=seconds, images_per_second=412.4, best=best,
    )  # fmt: skip


def told(teller_kind, *some):
    stream = io.StringIO()
    teller = teller_kind(stream)
    for event in some:
        teller.tell(event)
    teller.close()
    return stream.getvalue()


def line_after(*some):
    progress = Progress()
    for event in some:
        progress.add(event)
    return progress.line()


class TestLines:
    def test_before_the_first_step_the_phase_shows(self):
        assert line_after() == "starting"
        assert line_after(PhaseEvent(name="decoding", done=12, of=50)) == "decoding 12/50"

    def test_within_an_epoch_step_speed_best_and_the_time_left_show(self):
        line = line_after(PhaseEvent(name="training"), epoch(1), epoch(2), batch(3, 20))
        assert line.startswith("epoch 3/10 [##########..........] 20/40")
        assert "412 images/s" in line
        assert "best: epoch 2, MAE 6.25, 88.6%" in line
        assert line.endswith("at most 4 min to go")  # 7.5 epochs of 30 s

    def test_a_step_ends_the_phase_before_it(self):
        assert "compiling" not in line_after(PhaseEvent(name="compiling"), batch(1, 1))
        assert line_after(epoch(10), PhaseEvent(name="saving")).count("saving") == 1

    def test_the_best_epoch_stays_when_later_ones_are_worse(self):
        assert "best: epoch 1, MAE 5.00" in line_after(epoch(1, mae=5.0), epoch(2, best=False))

    def test_no_time_is_promised_before_an_epoch_ended(self):
        assert "to go" not in line_after(batch(1, 39))

    def test_the_pace_is_that_of_the_last_five_epochs(self):
        progress = Progress()
        for number in range(1, 8):
            progress.add(epoch(number, seconds=500.0 if number <= 2 else 10.0))
        assert progress.seconds_left() == 30.0

    def test_figures_that_are_not_numbers_show_as_a_question_mark(self):
        assert "MAE ?" in spoken_line(epoch(1, mae=math.nan))

    def test_an_epoch_in_the_log(self):
        assert spoken_line(epoch(3)) == (
            "epoch 3/10  train loss 9.000 MAE 6.25 accuracy 88.6%  "
            "validation loss 9.000 MAE 6.25 accuracy 88.6%  rate 0.001  30.0 s  412 images/s  best"
        )

    def test_what_others_wrote_cannot_drive_the_terminal(self):
        assert "\x1b" not in spoken_line(MessageEvent(level="warning", text="\x1b[2J"))
        assert "\x1b" not in spoken_line(EndEvent(state="failed", text="\x1b[2J", epoch=1))
        assert "\x1b" not in phase_line(PhaseEvent(name="indexing", detail="\x1b[2J"))

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "1 h 00 min"), (7500, "2 h 05 min"),
         (200_000, "2 d 7 h")],
    )  # fmt: skip
    def test_durations(self, seconds, words):
        assert duration(seconds) == words

    def test_the_bar_has_one_width(self):
        assert {len(bar(n / 7)) for n in range(8)} == {watch_line.BAR_WIDTH + 2}


class TestTellers:
    def test_a_log_gets_a_line_a_phase_message_epoch_and_end(self):
        text = told(
            PlainLines,
            PhaseEvent(name="decoding", done=1, of=2),
            PhaseEvent(name="decoding", done=2, of=2),
            PhaseEvent(name="training"),
            MessageEvent(level="warning", text="2 files left out"),
            batch(1, 1),
            epoch(1),
            PhaseEvent(name="validating"),
            EndEvent(state="finished", text="all 1 epochs done", epoch=1),
        )
        lines = text.splitlines()
        assert len(lines) == 4
        assert lines[0] == "decoding 1/2"
        assert lines[1] == "warning: 2 files left out"
        assert lines[2].startswith("epoch 1/10")
        assert lines[3] == "finished: all 1 epochs done"
        assert "\x1b" not in text
        assert "\r" not in text

    def test_a_terminal_gets_one_line_written_over_and_no_wider_than_it(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "40")
        text = told(LivingLine, epoch(1), batch(2, 1), batch(2, 2))
        assert "\n" not in text
        shown = [part for part in re.split("\r\x1b\\[K", text) if part]
        assert len(shown) == 3
        assert max(map(len, shown)) == 39

    def test_wide_letters_do_not_wrap_the_living_line(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "40")
        text = told(LivingLine, PhaseEvent(name="indexing", detail="/home/张伟/人脸年龄数据集" * 3))
        (shown,) = (part for part in re.split("\r\x1b\\[K", text) if part)
        assert shown.startswith("indexing: /home/张伟/人脸")
        assert cell_len(shown) == 39

    def test_a_terminal_keeps_messages_and_the_end(self):
        end = EndEvent(state="finished", text="done", epoch=1)
        text = told(LivingLine, MessageEvent(level="info", text="hello"), batch(1, 1), end)
        assert text.split("\n")[0].endswith("hello")
        assert "finished: done\n" in text

    def test_a_script_gets_the_events_without_the_many(self, make_run, tmp_path):
        run = make_run(tmp_path)
        events = list(read_events(run.events_file))
        lines = told(JsonLines, *events).splitlines()
        assert lines == [encode(e) for e in events if e.type not in ("batch", "system")]
        assert {json.loads(line)["type"] for line in lines} >= {"run", "epoch", "end"}


class TestFollowing:
    @pytest.mark.parametrize(("state", "code"), [("finished", 0), ("failed", 7)])
    def test_the_exit_code_is_that_of_the_end(self, make_run, tmp_path, state, code):
        run = make_run(tmp_path, state=state)
        assert follow(run, EventReader(run.events_file), PlainLines(io.StringIO())) == code

    def test_events_that_come_while_following_are_told(self, make_run, tmp_path, monkeypatch):
        run = make_run(tmp_path, state="training", heartbeat=4e9, pid=0)
        coming = [epoch(6), EndEvent(state="stopped", text="saved", epoch=6, code=8)]

        def worker_works(_):
            writer = EventWriter(run.events_file)
            writer.write(coming.pop(0))
            writer.close()
            if not coming:
                write_state(run, RunState(state="stopped", code=8))

        monkeypatch.setattr(watch_line.time, "sleep", worker_works)
        stream = io.StringIO()
        assert follow(run, EventReader(run.events_file), PlainLines(stream)) == ExitCode.STOPPED
        assert "epoch 6/10" in stream.getvalue()

    def test_an_end_before_the_run_was_resumed_is_not_its_end(self, make_run, tmp_path):
        run = make_run(tmp_path, state="failed")
        writer = EventWriter(run.events_file)
        writer.write(RunEvent(action="resume", pid=2, host="h", device="cpu"))
        writer.write(EndEvent(state="finished", text="all 6 epochs done", epoch=6, code=0))
        writer.close()
        write_state(run, RunState(state="finished"))
        stream = io.StringIO()
        assert follow(run, EventReader(run.events_file), PlainLines(stream)) == ExitCode.OK
        assert stream.getvalue().endswith("finished: all 6 epochs done\n")

    def test_a_run_that_waits_to_be_resumed_is_followed_on(self, make_run, tmp_path, monkeypatch):
        run = make_run(tmp_path, state="failed")
        write_state(run, RunState(state="queued", heartbeat=4e9))
        resumed = RunEvent(action="resume", pid=2, host="h", device="cpu")
        coming = [resumed, EndEvent(state="finished", text="done", epoch=6, code=0)]

        def worker_works(_):
            writer = EventWriter(run.events_file)
            writer.write(coming.pop(0))
            writer.close()
            if not coming:
                write_state(run, RunState(state="finished"))

        monkeypatch.setattr(watch_line.time, "sleep", worker_works)
        assert follow(run, EventReader(run.events_file), PlainLines(io.StringIO())) == ExitCode.OK

    def test_a_worker_that_vanished_ends_the_following_with_the_remedy(self, make_run, tmp_path):
        run = make_run(tmp_path, state="training")
        run.log_file.write_text("loading\nSegmentation fault\n")
        stream = io.StringIO()
        assert follow(run, EventReader(run.events_file), PlainLines(stream)) == ExitCode.RUN
        last = stream.getvalue().splitlines()[-1]
        assert f"agegender-tui resume {run.id}" in last
        assert last.endswith("Segmentation fault")

    def test_a_worker_that_died_loading_tensorflow_points_to_the_doctor(self, make_run, tmp_path):
        run = make_run(tmp_path, state="starting", epochs=0)
        writer = EventWriter(run.events_file)
        writer.write(PhaseEvent(name="importing", detail="TensorFlow"))
        writer.close()
        stream = io.StringIO()
        code = follow(run, EventReader(run.events_file), PlainLines(stream))
        assert code == ExitCode.ENVIRONMENT
        last = stream.getvalue().splitlines()[-1]
        assert "died while TensorFlow was loading: run `agegender-tui doctor`" in last
        assert f"agegender-tui resume {run.id}" in last

    def test_a_run_killed_from_elsewhere_is_stopped(self, make_run, tmp_path):
        run = make_run(tmp_path, state="training")
        write_state(run, RunState(state="stopped", text="killed", epoch=5))
        stream = io.StringIO()
        assert follow(run, EventReader(run.events_file), PlainLines(stream)) == ExitCode.STOPPED
        assert stream.getvalue().endswith("stopped: killed\n")

    @pytest.mark.parametrize("state", ["stopped", "training"])
    def test_an_end_that_no_worker_wrote_is_told_with_its_time(self, make_run, tmp_path, state):
        run = make_run(tmp_path, state="training")
        ended = 90.0 if state == "stopped" else 0.0
        write_state(run, RunState(state=state, host="elsewhere", heartbeat=90.0, ended=ended))
        stream = io.StringIO()
        follow(run, EventReader(run.events_file), JsonLines(stream))
        told = json.loads(stream.getvalue().splitlines()[-1])
        assert (told["type"], told["t"]) == ("end", 90.0)

    def test_the_end_written_between_the_two_looks_is_not_missed(
        self, make_run, tmp_path, monkeypatch
    ):
        run = make_run(tmp_path, state="training")
        read_state = watch_line.read_state

        def ends_meanwhile(asked):
            if read_state(asked).active:
                writer = EventWriter(run.events_file)
                writer.write(EndEvent(state="failed", text="disk", epoch=5, code=6))
                writer.close()
                write_state(asked, RunState(state="failed", code=6))
            return read_state(asked)

        monkeypatch.setattr(watch_line, "read_state", ends_meanwhile)
        stream = io.StringIO()
        assert follow(run, EventReader(run.events_file), PlainLines(stream)) == ExitCode.STORAGE
        assert "failed: disk" in stream.getvalue()


def test_a_lost_run_tells_the_last_line_that_not_every_start_prints(make_run, tmp_path):
    run = make_run(tmp_path, state="training", epochs=1)
    always = "E0000 00:00:1 7 cuda_platform.cc:52] failed call to cuInit: UNKNOWN ERROR (303)\n"
    run.log_file.write_text(always * 300)  # of many starts, the first line in sight cut
    stream = io.StringIO()
    follow(run, EventReader(run.events_file), PlainLines(stream))
    assert "the last line of" not in stream.getvalue()
    for own in ("terminate called after throwing an instance of 'X'\n", ""):
        run.log_file.write_text(own + always)
        stream = io.StringIO()
        assert follow(run, EventReader(run.events_file), PlainLines(stream)) == ExitCode.RUN
        last = stream.getvalue().splitlines()[-1]
        assert "cuInit" not in last and last.startswith("lost: the worker is gone")
        assert last.endswith("instance of 'X'") is bool(own)
        assert ("the last line of" in last) is bool(own)
