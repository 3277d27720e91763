"""A worker's side of the run directory, held by processes that do not train."""

import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from trainer.config import RunConfig
from trainer.errors import ExitCode, StorageError
from trainer.runs import control
from trainer.runs.event_log import read_events
from trainer.runs.events import EndEvent, PhaseEvent, RunEvent, SystemEvent
from trainer.runs.layout import create_run
from trainer.runs.queue import DeviceTicket
from trainer.runs.state import RunState, process_ticks, read_state, write_state
from trainer.training import session as session_module
from trainer.training.session import GONE_SECONDS, Session
from trainer.training.worker import _wait_for_device

# Asks for requests as the training loop does, and tells what it got; a stop it notes and goes on.
WORKER = """
import sys, time
from pathlib import Path
from trainer.runs.layout import RunDir
from trainer.training.session import Session
from trainer.training.worker import _wait_for_device
with Session(RunDir(Path(sys.argv[1]))) as session:
    print("ready", flush=True)
    while True:
        requests = session.poll()
        if requests.stop:
            print("stop", flush=True)
        time.sleep(0.005)
"""


@pytest.fixture
def run(tmp_path):
    run = create_run(tmp_path / "runs", RunConfig(data="/faces"))
    write_state(run, RunState(epochs=170))
    return run


@pytest.fixture
def session(run):
    """A process that has begun to work on `run`."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(run.path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def ended(process):
    """Its exit status; what it still says is read, so that it never waits for a reader."""
    for _ in process.stdout:
        pass
    return process.wait(timeout=90)


def test_the_state_has_a_start_of_the_worker_that_no_step_of_the_clock_moves(run, session):
    state = read_state(run)
    assert state.pid_ticks == process_ticks(session.pid) > 0


def test_a_hang_up_is_not_noticed(run, session):
    session.send_signal(signal.SIGHUP)
    control.send(run, "stop")
    assert session.stdout.readline() == "stop\n"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (RunState(state="stopped", pid=1), "went on"),
        (RunState(state="training", pid=1, host="elsewhere", heartbeat=1.0), "went on"),
        (RunState(state="queued"), "killed before its first checkpoint; resume begins it anew"),
    ],
)
def test_a_resume_without_the_launcher_does_not_take_a_kill_of_the_worker_before(run, before, text):
    write_state(run, before)
    control.send(run, "kill")
    code = (
        "import sys; from pathlib import Path; import trainer.training.worker as w; "
        "w._train = lambda run, config, session, *_: (session.poll(), ('stopped', 'went on'))[1]; "
        "w.work(w.RunDir(Path(sys.argv[1])), resume=True)"
    )
    subprocess.run([sys.executable, "-c", code, str(run.path)], check=False)
    assert read_state(run).text == text
    assert control.pending(run) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks_to_stop_and_shows_the_second_forces(run, session, number):
    session.send_signal(number)
    assert session.stdout.readline() == "stop\n"
    state = read_state(run)
    assert (state.state, state.asked) == ("stopping", "stop")
    assert time.time() - state.asked_at < 60
    session.send_signal(number)
    assert ended(session) == ExitCode.STOPPED


def test_a_kill_by_command_ends_it_at_once_and_says_so(run, session):
    control.send(run, "kill")
    assert ended(session) == ExitCode.STOPPED
    state = read_state(run)
    assert (state.state, state.code) == ("stopped", ExitCode.STOPPED)
    assert state.text == "killed before its first checkpoint; resume begins it anew"
    last = list(read_events(run.events_file))[-1]
    assert isinstance(last, EndEvent)
    assert last.state == "stopped"


def test_a_run_is_held_by_one_process_until_that_dies(run, session):
    again = [sys.executable, "-c", WORKER, str(run.path)]
    refused = subprocess.run(again, capture_output=True, text=True, check=False)
    assert "already worked on by another process" in refused.stderr
    session.kill()
    session.wait()
    with subprocess.Popen(again, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "ready\n"
        other.kill()


def test_space_is_kept_for_the_last_words_and_given_back_for_them(run, session):
    reserve = run.path / ".reserve"
    assert reserve.stat().st_size >= 200_000
    control.send(run, "kill")
    ended(session)
    assert not reserve.exists()


class Rounds:
    """Stands for the event that ends the heartbeat: it comes after so many rounds, at once."""

    def __init__(self, rounds):
        self.left = rounds

    def wait(self, seconds):
        self.left -= 1
        return self.left < 0

    def is_set(self):
        return False


def test_a_run_that_waits_for_its_device_writes_no_gauges(run):
    session = Session(run)
    for state, gauges in (("queued", 0), ("training", 3)):
        session.update(state=state)
        session._closed = Rounds(3)
        session._beat()
        assert sum(isinstance(e, SystemEvent) for e in read_events(run.events_file)) == gauges


def fails():
    raise OSError("no driver")


def test_the_heartbeat_keeps_the_place_on_the_device_though_the_gauges_fail(run):
    session = Session(run)
    session._monitor = SimpleNamespace(sample=fails)
    session._closed = Rounds(1)
    with DeviceTicket("cpu", run.id) as ticket:
        session.keep([ticket])
        shutil.rmtree(ticket.path.parent)
        session._beat()
        assert ticket.path.exists()


def test_a_place_that_cannot_be_kept_stops_no_heartbeat(run):
    session = Session(run)
    session._closed = Rounds(1)
    session.keep([SimpleNamespace(keep=fails)])
    session.note(epoch=7)
    session._beat()
    assert read_state(run).epoch == 7


@pytest.fixture
def ours(run):
    """A session of this very process."""
    session = Session(run)
    yield session
    session._events.close()
    session._hold.close()


def test_a_pause_asked_before_the_first_step_is_shown_until_then(run, ours):
    control.send(run, "pause")
    ours.phase("decoding")
    ours.wait_while(lambda: False)
    state = read_state(run)
    assert state.asked == "pause"
    assert time.time() - state.asked_at < 60
    assert ours.poll().pause


@pytest.mark.parametrize("taken_by", ["phase", "wait_while", "poll"])
def test_a_pause_asked_before_the_first_step_can_be_taken_back(run, ours, taken_by):
    control.send(run, "pause")
    ours.phase("decoding")
    control.send(run, "resume")
    if taken_by == "phase":
        ours.phase("building")
    elif taken_by == "wait_while":
        ours.wait_while(lambda: True)
    else:
        assert not ours.poll().pause
    assert read_state(run).asked == ""
    assert not ours.poll().pause


def test_a_stop_is_not_hidden_by_a_pause(run, ours):
    control.send(run, "pause")
    ours.phase("decoding")
    control.send(run, "stop")
    assert ours.wait_while(lambda: True).stop
    assert read_state(run).asked == "stop"


def test_a_pause_asked_of_a_paused_run_is_no_second_one(run, ours):
    ours.update(state="paused")
    control.send(run, "pause")
    ours.wait_while(lambda: False)
    assert read_state(run).asked == ""
    assert not ours.poll().pause


@pytest.fixture
def clock(monkeypatch):
    """One that a wait moves on, without waiting."""
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    stands = SimpleNamespace(monotonic=lambda: now[0], sleep=sleep, time=time.time)
    monkeypatch.setattr(session_module, "time", stands)
    return stands


@pytest.mark.parametrize("state", ["paused", "queued"])
def test_a_run_whose_folder_is_gone_waits_no_longer(run, ours, clock, state):
    ours.update(state=state)
    shutil.rmtree(run.path)
    with pytest.raises(StorageError, match="its folder is gone, moved or deleted"):
        ours.wait_while(lambda: clock.monotonic() < 10 * GONE_SECONDS)
    assert clock.monotonic() < 2 * GONE_SECONDS


def test_a_run_whose_folder_is_put_back_in_time_waits_on(run, ours, clock):
    aside = run.path.with_name("aside")

    def blocked():
        """Away for two thirds of the time that a run may be, again and again."""
        away = clock.monotonic() % GONE_SECONDS < GONE_SECONDS * 2 / 3
        if away and run.path.exists():
            run.path.rename(aside)
        elif not away and aside.exists():
            aside.rename(run.path)
        return clock.monotonic() < 3.9 * GONE_SECONDS

    ours.wait_while(blocked)
    assert read_state(run).active


def test_a_worker_says_where_its_run_goes_on(run, ours):
    ours.begin("start", "cpu", 64)
    ours.begin("resume", "cpu", 64)  # killed before its first checkpoint
    run.checkpoints.mkdir(exist_ok=True)
    (run.checkpoints / "latest").write_text("000052-000032\n")
    ours.begin("resume", "cpu", 64)
    (run.checkpoints / "latest").write_text("damaged")
    ours.begin("resume", "cpu", 64)
    told = [e for e in read_events(run.events_file) if isinstance(e, RunEvent)]
    assert [(e.epoch, e.step) for e in told] == [(1, 0), (1, 0), (52, 32), (1, 0)]


def test_one_that_waits_for_its_device_tells_each_time_the_queue_moves(run, ours):
    queue = [["a", "b"], ["a", "b"], ["b"], ["b"], []]
    ticket = SimpleNamespace(ahead=lambda: queue.pop(0) if len(queue) > 1 else queue[0])
    _wait_for_device(ticket, "cpu", ours)
    told = [e for e in read_events(run.events_file) if isinstance(e, PhaseEvent)]
    assert [(e.of, e.detail) for e in told] == [
        (2, "cpu is taken by a"),
        (1, "cpu is taken by b"),
    ]
