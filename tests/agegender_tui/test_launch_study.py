"""Workers of studies as processes of their own: they start runs, stop, die and go on."""

import dataclasses
import os
import signal
import time

import pytest

from agegender_tui import launch, launch_study
from trainer.data.sample import sample_folder
from trainer.errors import ConfigError, ExitCode, RunError
from trainer.jobs.status import Status, write_status
from trainer.presets import preset
from trainer.runs.layout import RunDir, run_ids
from trainer.runs.queue import DeviceTicket
from trainer.runs.state import process_started, read_state
from trainer.tuning.space import parse_pairs
from trainer.tuning.study import StudyConfig
from trainer.tuning.trial_log import FINISHED, RUNNING, Trial, TrialWriter

CONFIG = StudyConfig(
    preset("A-demo").replace(data=str(sample_folder()), epochs=1, device="cpu"),
    parse_pairs(["learning_rate=1e-3..4e-3:log"]),
    trials=2,
    devices=("cpu",),
)


def until(what, study, seconds=180.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    pytest.fail(f"{study.status()}\n{study.log_file.read_text()}")


@pytest.fixture
def taken():
    """The place on the device, so that all trials wait."""
    with DeviceTicket("cpu", "somebody") as ticket:
        yield ticket


@pytest.fixture
def begun():
    """Studies to end when a test is over."""
    studies = []
    yield studies
    for study in studies:
        if launch_study.under_way(study):
            launch_study.kill(study)


def waiting(study):
    """The run of the trial that waits for the device."""
    running = [one for one in study.trials().trials if one.state == RUNNING]
    runs = [RunDir(study.runs_root / one.run) for one in running]
    return runs[0] if runs and read_state(runs[0]).pid else None


def start(tmp_path, begun, **changes):
    study = launch_study.start(tmp_path / "runs", dataclasses.replace(CONFIG, **changes))
    begun.append(study)
    return study


def test_a_study_trains_its_trials_to_the_end_without_anybody(tmp_path, begun):
    study = start(tmp_path, begun, trials=1)
    assert launch_study.under_way(study)
    with pytest.raises(RunError, match="is being worked on: it needs no resume"):
        launch_study.resume(study)
    until(lambda: not study.status().active, study)
    status = study.status()
    assert (status.state, status.code) == ("finished", ExitCode.OK), study.log_file.read_text()
    assert os.getsid(0) != status.pid
    (trial,) = study.trials().trials
    assert trial.state == FINISHED
    assert RunDir(study.runs_root / trial.run).model_file("A").exists()
    assert trial.value > 0 and 0 <= trial.gender_accuracy <= 1
    with pytest.raises(RunError, match="has had its 1 trial: resume it with more to search on"):
        launch_study.resume(study)
    with pytest.raises(RunError, match="has no worker to stop: it is finished"):
        launch_study.stop(study)
    with pytest.raises(ConfigError, match="trials is 0"):
        launch_study.resume(study, 0)


def test_kill_ends_the_worker_and_its_trial_and_resume_takes_it_up_again(tmp_path, begun, taken):
    study = start(tmp_path, begun)
    run = until(lambda: waiting(study), study)
    status = study.status()
    assert "resume takes its trials up again" in launch_study.kill(study)
    assert not process_started(status.pid)
    assert study.status().shown == "stopped"
    until(lambda: read_state(run).state == "stopped", study)
    launch_study.resume(study, trials=3)
    until(lambda: waiting(study) and read_state(run).active, study)
    assert [(one.run, one.state) for one in study.trials().trials] == [(run.id, RUNNING)]
    assert study.config().trials == 3


def test_a_study_whose_worker_vanished_is_lost_and_takes_its_trial_up_again(tmp_path, begun, taken):
    study = start(tmp_path, begun)
    run = until(lambda: waiting(study), study)
    first = study.status().pid
    os.kill(first, signal.SIGKILL)
    until(lambda: not process_started(first), study)
    assert study.status().shown == "lost"
    assert launch.process_started(read_state(run).pid)
    launch_study.resume(study)
    until(lambda: study.status().pid not in (0, first), study)
    until(lambda: study.status().phase == "searching", study)
    assert run_ids(study.runs_root) == [run.id]
    assert waiting(study) == run


def test_a_signal_stops_it_after_the_trial_under_way(tmp_path, begun, taken):
    study = start(tmp_path, begun)
    run = until(lambda: waiting(study), study)
    os.kill(study.status().pid, signal.SIGTERM)
    until(lambda: study.status().phase.startswith("finishing"), study)
    launch.kill(run)
    until(lambda: not study.status().active, study)
    assert study.status().state == "stopped"
    assert [one.state for one in study.trials().trials] == [RUNNING]


def test_one_that_is_to_stop_says_when_it_can_be_resumed(tmp_path, begun, taken):
    study = start(tmp_path, begun)
    until(lambda: waiting(study), study)
    launch_study.stop(study)
    with pytest.raises(RunError, match="ends after the trials under way: resume it then"):
        launch_study.resume(study)
    until(lambda: study.status().phase.startswith("finishing"), study)
    with pytest.raises(RunError, match="ends after the trials under way: resume it then"):
        launch_study.resume(study)


def test_a_study_that_cannot_be_done_leaves_nothing(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no more processes")

    monkeypatch.setattr(launch_study, "spawn", refuse)
    with pytest.raises(OSError, match="no more processes"):
        launch_study.start(tmp_path, CONFIG)
    assert not list((tmp_path / "studies").iterdir())


def test_no_study_is_to_have_fewer_trials_than_it_began(tmp_path, monkeypatch):
    monkeypatch.setattr(launch_study, "spawn", lambda *_: 1)
    study = launch_study.start(tmp_path, CONFIG)
    write_status(study.state_file, Status(state="stopped"))
    writer = TrialWriter(study.trials_file)
    writer.begin(Trial(1, "20261123-000100-A-t001", {}))
    writer.begin(Trial(2, "20261123-000100-A-t002", {}))
    with pytest.raises(ConfigError, match="trials is 1, but 2 began: give more"):
        launch_study.resume(study, 1)
    assert study.config().trials == 2
    launch_study.resume(study, 2)


def test_a_damaged_study_is_not_gone_on_with(tmp_path, monkeypatch):
    monkeypatch.setattr(launch_study, "spawn", lambda *_: 1)
    study = launch_study.start(tmp_path, CONFIG)
    study.config_file.write_text("version = 9")
    with pytest.raises(RunError, match="written by a newer version"):
        launch_study.resume(study)
