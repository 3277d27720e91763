"""Workers of evaluations as processes of their own: they wait, stop, die and go on."""

import os
import signal
import time

import pytest

from agegender_tui import launch_evaluation
from trainer.errors import ExitCode, RunError
from trainer.evaluation.plan import plan
from trainer.evaluation.worker import QUEUE
from trainer.jobs.status import Status, write_status
from trainer.runs.queue import DeviceTicket
from trainer.runs.state import process_started, process_ticks


def until(directory, what, seconds=120.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = directory.status()
        if what(status):
            return status
        time.sleep(0.02)
    pytest.fail(f"{directory.status()}\n{directory.log_file.read_text()}")


@pytest.fixture
def taken():
    """The place of the evaluation that is worked on, so that all others wait."""
    with DeviceTicket(QUEUE, "somebody") as ticket:
        yield ticket


def start(root, run, **more):
    return launch_evaluation.start(root, plan(run.model_file("A")), device="cpu", **more)


def test_a_worker_has_its_own_session_waits_its_turn_and_stops_when_asked(root, run, taken):
    directory = start(root, run)
    status = until(directory, lambda one: one.state == "waiting" and one.pid)
    assert os.getsid(status.pid) == status.pid != os.getsid(0)
    assert status.pid_ticks == process_ticks(status.pid) > 0
    assert directory.status().shown == "waiting"
    assert start(root, run) == directory and directory.status().pid == status.pid
    with pytest.raises(RunError, match="is being evaluated now"):
        start(root, run, redo=True)
    launch_evaluation.stop(directory)
    ended = until(directory, lambda one: not one.active)
    assert (ended.state, ended.code) == ("stopped", ExitCode.STOPPED)
    with pytest.raises(RunError, match="has no worker to stop: it is stopped"):
        launch_evaluation.stop(directory)


def test_one_that_was_killed_is_done_when_started_again_and_then_found(root, run, taken):
    directory = start(root, run)
    status = until(directory, lambda one: one.state == "waiting" and one.pid)
    launch_evaluation.kill(directory)
    assert (directory.status().state, directory.status().text) == ("stopped", "killed")
    assert not process_started(status.pid)
    taken.release()
    start(root, run)
    assert until(directory, lambda one: not one.active).state == "finished"
    made = directory.summary_file.stat().st_mtime_ns
    assert start(root, run).summary_file.stat().st_mtime_ns == made


def test_a_worker_that_vanished_shows_as_lost(root, run, taken):
    directory = start(root, run)
    status = until(directory, lambda one: one.state == "waiting" and one.pid)
    os.kill(status.pid, signal.SIGKILL)
    until(directory, lambda _: not process_started(status.pid))
    assert directory.status().shown == "lost"
    assert not launch_evaluation.under_way(directory)


def test_a_signal_stops_it_like_a_command(root, run, taken):
    directory = start(root, run)
    status = until(directory, lambda one: one.state == "waiting" and one.pid)
    os.kill(status.pid, signal.SIGTERM)
    assert until(directory, lambda one: not one.active).state == "stopped"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"v": 9, "state": "working"}', "newer version"),
        ('{"v": 1, "state": "dancing"}', "damaged"),
        ('{"v": 1, "state": "working", "pid": "x"}', "damaged"),
        ("[]", "damaged"),
    ],
)
def test_a_state_that_is_none_is_told_in_a_sentence(tmp_path, content, sentence):
    from trainer.jobs.status import read_status

    file = tmp_path / "state.json"
    file.write_text(content)
    with pytest.raises(RunError, match=sentence):
        read_status(file)


def test_a_state_comes_back_as_it_was_written(tmp_path):
    from trainer.jobs.status import read_status

    file = tmp_path / "state.json"
    status = Status("working", pid=7, heartbeat=3.5, phase="predicting", done=64, of=1000)
    write_status(file, status)
    assert read_status(file) == status
