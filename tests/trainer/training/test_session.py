"""A worker's side of the run directory, held by processes that do not train."""

import signal
import subprocess
import sys
import time

import pytest

from trainer.config import RunConfig
from trainer.errors import ExitCode
from trainer.runs import control
from trainer.runs.event_log import read_events
from trainer.runs.events import EndEvent, SystemEvent
from trainer.runs.layout import create_run
from trainer.runs.state import RunState, read_state, write_state
from trainer.training.session import Session

# Asks for requests as the training loop does, and tells what it got; a stop it notes and goes on.
WORKER = """
import sys, time
from pathlib import Path
from trainer.runs.layout import RunDir
from trainer.training.session import Session
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


def test_a_hang_up_is_not_noticed(run, session):
    session.send_signal(signal.SIGHUP)
    control.send(run, "stop")
    assert session.stdout.readline() == "stop\n"


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
    assert "resumable from its last checkpoint" in state.text
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
