import contextlib
import dataclasses
import os
import pwd
import signal
import socket
import subprocess
import sys
import time

import pytest

from agegender_tui import launch
from agegender_tui.user_settings import settings_file
from trainer.config import RunConfig
from trainer.errors import ExitCode, RunError
from trainer.presets import preset
from trainer.runs import control
from trainer.runs.starting import spawn
from trainer.runs.state import process_started, read_state, write_state

HOST = socket.gethostname()


@pytest.fixture
def spawned(monkeypatch):
    """The workers that would have been started: (run id, verb)."""
    started = []
    monkeypatch.setattr(launch, "spawn", lambda run, verb: started.append((run.id, verb)) or 1)
    return started


@pytest.fixture
def worker():
    """A living process that stands for a worker."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def living(make_run, root, process, state="training", **how):
    here = {"pid": process.pid, "pid_started": process_started(process.pid), "host": HOST}
    return make_run(root, state=state, **here, **how)


def commands(run):
    return [command for _, command in control.pending(run)]


def test_a_start_leaves_a_queued_run_and_one_worker(tmp_path, spawned):
    run = launch.start(tmp_path / "runs", RunConfig(epochs=7, data="/faces"))
    state = read_state(run)
    assert (state.state, state.epochs, state.pid) == ("queued", 7, 0)
    assert run.config().data == "/faces"
    assert spawned == [(run.id, "train")]


@pytest.mark.parametrize(
    ("named", "in_settings", "used"),
    [
        ("mine.h5", "/theirs.h5", "{here}/mine.h5"),
        ("", "/theirs.h5", "/theirs.h5"),
        ("", "~/theirs.h5", "{home}/theirs.h5"),
        ("", "", ""),
    ],
)
def test_a_run_of_b_names_its_weights_for_a_worker_of_any_folder(
    tmp_path, spawned, monkeypatch, named, in_settings, used
):
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(f'vgg16_weights = "{in_settings}"\n')
    monkeypatch.chdir(tmp_path)
    run = launch.start(tmp_path / "runs", preset("B").replace(data="/faces", weights=named))
    home = os.path.expanduser("~")  # noqa: PTH111
    assert run.config().weights == used.format(here=tmp_path, home=home)
    assert launch.start(tmp_path / "runs", RunConfig(data="/faces")).config().weights == ""


def test_a_worker_has_a_session_of_its_own_and_its_streams_on_the_log(
    make_run, tmp_path, monkeypatch
):
    run = make_run(tmp_path)
    stand_in = tmp_path / "python"
    stand_in.write_text(
        '#!/bin/sh\necho "$@"\necho oops >&2\nps -o sid= -p $$\nwc -c </dev/stdin\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    pid = spawn(run, "train")
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
    said, complained, session, read = run.log_file.read_text().split("\n")[:4]
    assert said == f"-P -m trainer train {run.path}"
    assert complained == "oops"
    assert int(session) == pid
    assert int(read) == 0


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_an_ended_run_is_resumed_by_a_new_worker(make_run, tmp_path, spawned, state):
    run = make_run(tmp_path, state=state, epochs=5)
    launch.resume(run)
    after = read_state(run)
    assert (after.state, after.pid, after.epoch, after.ended) == ("queued", 0, 5, 0.0)
    assert spawned == [(run.id, "resume")]


def test_a_lost_run_is_resumed_without_what_was_asked_of_its_dead_worker(
    make_run, tmp_path, spawned
):
    run = make_run(tmp_path, state="stopping", asked="stop", asked_at=5.0)
    control.send(run, "stop")
    launch.resume(run)
    assert spawned == [(run.id, "resume")]
    assert commands(run) == []
    assert read_state(run).asked == ""


@pytest.mark.parametrize("change", ["look_ahead = 3\n", "epochs = \n"])
def test_a_run_with_newer_or_damaged_settings_is_not_resumed_and_stays_as_it_is(
    make_run, tmp_path, spawned, change
):
    run = make_run(tmp_path, state="stopped")
    with open(run.config_file, "a") as file:
        file.write(change)
    control.send(run, "pause")
    before = run.state_file.read_bytes()
    with pytest.raises(RunError, match=r"config\.toml: .*; if a newer version wrote the run"):
        launch.resume(run)
    assert run.state_file.read_bytes() == before
    assert (commands(run), spawned) == (["pause"], [])


def test_a_paused_worker_is_woken_not_doubled(make_run, tmp_path, spawned, worker):
    run = living(make_run, tmp_path, worker, "paused")
    launch.resume(run)
    assert commands(run) == ["resume"]
    assert spawned == []


@pytest.mark.parametrize("state", ["queued", "starting", "training"])
def test_a_pause_that_is_not_carried_out_yet_is_taken_back(
    make_run, tmp_path, spawned, worker, state
):
    run = living(make_run, tmp_path, worker, state)
    control.send(run, "pause")
    launch.resume(run)
    assert commands(run) == ["pause", "resume"]
    with pytest.raises(RunError, match="needs no resume"):
        launch.resume(run)
    control.take(run)
    write_state(run, dataclasses.replace(read_state(run), asked="pause", asked_at=5.0))
    launch.resume(run)
    assert commands(run) == ["resume"]
    assert spawned == []


def test_a_training_run_and_a_finished_one_are_not_resumed(make_run, tmp_path, spawned, worker):
    with pytest.raises(RunError, match="is training: it needs no resume"):
        launch.resume(living(make_run, tmp_path, worker))
    with pytest.raises(RunError, match="is finished"):
        launch.resume(make_run(tmp_path, state="finished"))
    assert spawned == []


def test_a_living_worker_is_asked_and_a_dead_one_is_not(make_run, tmp_path, worker):
    run = living(make_run, tmp_path, worker)
    launch.ask(run, "pause")
    assert commands(run) == ["pause"]
    paused = living(make_run, tmp_path, worker, state="paused")
    with pytest.raises(RunError, match="is paused already; resume goes on with it"):
        launch.ask(paused, "pause")
    control.send(paused, "resume")
    launch.ask(paused, "pause")
    assert commands(paused) == ["resume", "pause"]
    for state in ("training", "stopped"):
        gone = make_run(tmp_path, state=state)
        with pytest.raises(RunError, match="no worker to stop"):
            launch.ask(gone, "stop")
        assert commands(gone) == []


def test_a_kill_ends_the_process_and_leaves_the_run_resumable(make_run, tmp_path, worker):
    run = living(make_run, tmp_path, worker)
    launch.kill(run)
    assert worker.wait() == -signal.SIGKILL
    state = read_state(run)
    assert (state.state, state.epoch, state.code) == ("stopped", 5, ExitCode.STOPPED)
    assert state.text == "killed; resumable from its last checkpoint"


def test_a_kill_before_the_first_checkpoint_promises_none(make_run, tmp_path, worker):
    run = living(make_run, tmp_path, worker, epochs=0)
    assert launch.kill(run) == f"killed {run.id}; resume begins it anew"
    text = "killed before its first checkpoint; resume begins it anew"
    assert read_state(run).text == text


def test_a_run_lost_on_this_host_has_no_worker_to_kill_nor_has_a_process_of_its_id(
    make_run, tmp_path, worker
):
    run = make_run(tmp_path, state="training", pid=worker.pid, pid_started=1.0, host=HOST)
    with pytest.raises(RunError, match="is lost: there is no worker to kill"):
        launch.kill(run)
    assert worker.poll() is None
    assert read_state(run).state == "training"


def test_a_kill_of_another_users_worker_is_refused_and_says_whose_it_is(
    make_run, tmp_path, worker, monkeypatch
):
    def refuse(pid, signal):
        raise PermissionError(1, "Operation not permitted")

    run = living(make_run, tmp_path, worker)
    owner = pwd.getpwuid(os.getuid()).pw_name
    refused = pytest.raises(RunError, match=f"process {worker.pid}, is {owner}'s")
    with monkeypatch.context() as patch, refused:
        patch.setattr(os, "kill", refuse)
        launch.kill(run)
    assert read_state(run).state == "training"


def test_a_worker_on_another_host_is_told_to_kill_itself(make_run, tmp_path):
    run = make_run(tmp_path, state="training", host="elsewhere", heartbeat=time.time())
    launch.kill(run)
    assert commands(run) == ["kill"]
    assert read_state(run).state == "training"


def test_a_run_lost_on_another_host_is_marked_stopped_and_ends_if_its_worker_comes_back(
    make_run, tmp_path, spawned
):
    run = make_run(tmp_path, state="training", host="elsewhere", heartbeat=1.0)
    assert launch.kill(run) == (
        f"stopped {run.id}: its worker on elsewhere is lost, and ends if it comes back; "
        "resume goes on from its last checkpoint"
    )
    assert commands(run) == ["kill"]
    assert read_state(run).state == "stopped"
    launch.resume(run)
    assert commands(run) == []


def test_a_launched_run_whose_worker_never_told_of_itself_is_killed(make_run, tmp_path):
    run = make_run(tmp_path, state="queued", pid=0, host="", heartbeat=1.0)
    assert launch.kill(run).startswith(f"killed {run.id}")
    assert commands(run) == ["kill"]
    assert read_state(run).state == "stopped"


def test_a_run_that_ended_cannot_be_killed(make_run, tmp_path):
    with pytest.raises(RunError, match="is finished: there is no worker to kill"):
        launch.kill(make_run(tmp_path))


def test_a_run_without_a_state_cannot_be_resumed(make_run, tmp_path, spawned):
    run = make_run(tmp_path)
    run.state_file.unlink()
    with pytest.raises(RunError, match=r"state\.json: missing"):
        launch.resume(run)
    assert spawned == []


def test_resuming_a_run_that_was_moved_away_says_so(make_run, tmp_path, spawned):
    run = make_run(tmp_path, state="stopped")
    run.path.rename(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="is gone; it was moved or deleted"):
        launch.resume(run)
    assert spawned == []
