import dataclasses
import json
import math
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from trainer.errors import RunError
from trainer.runs.state import (
    ACTIVE,
    ENDED,
    LOST,
    RunState,
    _boot_time,
    is_alive,
    process_started,
    process_ticks,
    read_state,
    shown_state,
    write_state,
)

HERE = socket.gethostname()


@pytest.fixture
def run(make_run, tmp_path):
    return make_run(tmp_path)


def me(**changes):
    own = RunState(
        state="training", pid=os.getpid(), pid_started=process_started(os.getpid()), host=HERE
    )
    return dataclasses.replace(own, **changes)


def test_a_state_comes_back_as_it_was(run):
    state = me(best={"age_mae": 6.5, "epoch": 3.0}, trace=[7.0, 6.5], text="so far", code=0)
    write_state(run, state)
    assert read_state(run) == state


def test_figures_that_are_not_finite_are_null_in_the_file_and_nan_in_the_reader(run):
    write_state(run, me(best={"age_mae": math.nan}, trace=[math.inf]))
    assert json.loads(run.state_file.read_text())["best"] == {"age_mae": None}
    assert "NaN" not in run.state_file.read_text()
    assert math.isnan(read_state(run).best["age_mae"])
    assert math.isnan(read_state(run).trace[0])


def test_a_best_epoch_without_a_finite_loss_as_older_versions_wrote_it_is_none(run):
    body = json.loads(run.state_file.read_text())
    body["best"] = {"epoch": 1, "loss": None, "age_mae": None, "gender_accuracy": 0.48}
    run.state_file.write_text(json.dumps(body))
    assert read_state(run).best == {}


def test_a_key_of_a_later_version_is_skipped(run):
    body = json.loads(run.state_file.read_text()) | {"mood": "good"}
    run.state_file.write_text(json.dumps(body))
    assert read_state(run).state == "finished"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"v":2,"state":"dreaming"}', "newer version; upgrade"),
        ('{"v":1}', "not readable"),
        ("[" * 100_000, "not readable"),
        ('{"v":1,"state":"dreaming"}', "not readable"),
        ('{"v":1,"state":"training","best":[1]}', "not readable"),
        ('{"v":1,"state":"training","trace":7}', "not readable"),
        ('{"v":1,"state":"training","epoch":"one"}', "not readable"),
        ('{"v":1,"state":"training","heartbeat":"noon"}', "not readable"),
        ('{"v":1,"state":"training","started":1e300}', "not readable"),
        ('{"v":1,"state":"training","created":null}', "not readable"),
        ('{"v":1,"state":"training","text":null}', "not readable"),
        ('{"v":1,"sta', "not readable"),
        ("[]", "not readable"),
        ("", "not readable"),
    ],
)
def test_what_is_no_state_of_this_version_is_a_sentence(run, content, words):
    run.state_file.write_text(content)
    with pytest.raises(RunError, match=words):
        read_state(run)


def test_a_run_that_was_moved_away_is_told_from_one_half_written(run):
    run.path.rename(run.path.with_name("elsewhere"))
    with pytest.raises(RunError, match="is gone; it was moved or deleted"):
        read_state(run)


def test_of_a_run_without_its_state_what_is_good_is_not_to_be_deleted(run):
    run.state_file.unlink()
    for file in filter(Path.is_file, list(run.path.iterdir())):
        file.unlink()
    with pytest.raises(RunError, match="missing; the run is only half written: delete it"):
        read_state(run)
    run.model_file("B").touch()
    with pytest.raises(RunError, match=r"missing; copy its model age_gender_B.keras elsewhere"):
        read_state(run)
    run.model_file("B").unlink()
    run.events_file.touch()
    with pytest.raises(RunError, match="missing; take what you need, then delete it"):
        read_state(run)
    run.state_file.mkdir()
    with pytest.raises(RunError, match="cannot be read"):
        read_state(run)


def test_a_living_process_is_alive_however_old_its_heartbeat():
    assert is_alive(me(heartbeat=0.0))


def test_a_step_of_the_clock_makes_no_living_worker_lost_and_no_other_process_it(monkeypatch):
    mine, boot = process_ticks(os.getpid()), _boot_time()
    before = me(pid_ticks=mine, heartbeat=0.0)
    monkeypatch.setattr("trainer.runs.state._boot_time", lambda: boot + 300.0)
    assert process_started(os.getpid()) > before.pid_started + 299.0
    assert is_alive(before)
    assert not is_alive(dataclasses.replace(before, pid_ticks=mine - 1))


def test_a_reused_process_id_is_not_the_worker():
    assert not is_alive(me(pid_started=process_started(os.getpid()) - 100.0))


def test_a_process_that_ended_is_not_alive_even_before_it_is_reaped():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    state = me(pid=child.pid, pid_started=process_started(child.pid))
    assert is_alive(state)
    ticks = process_ticks(child.pid)
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(state)
    child.wait()
    assert not is_alive(state)
    assert not is_alive(dataclasses.replace(state, pid_started=0.0))
    assert ticks and not is_alive(dataclasses.replace(state, pid_ticks=ticks))


@pytest.mark.parametrize(("age", "alive"), [(0, True), (59, True), (61, False)])
@pytest.mark.parametrize("who", [{"host": "elsewhere"}, {"pid": 0}], ids=["other host", "no pid"])
def test_elsewhere_and_before_there_is_a_process_the_heartbeat_counts(who, age, alive):
    assert is_alive(me(heartbeat=1000.0, **who), now=1000.0 + age) is alive


@pytest.mark.parametrize("state", ACTIVE)
def test_an_active_run_without_its_worker_shows_as_lost(state):
    assert shown_state(me(state=state)) == state
    assert shown_state(me(state=state, pid_started=1.0)) == LOST


@pytest.mark.parametrize("state", ENDED)
def test_an_ended_run_is_never_lost(state):
    assert shown_state(me(state=state, pid_started=1.0)) == state
