"""Start the worker of a study, find it again, and tell it what to do."""

from __future__ import annotations

import dataclasses
import shutil
import socket
import time
from pathlib import Path

from agegender_tui.launch import end_process, with_weights
from trainer.errors import ConfigError, ExitCode, RunError
from trainer.jobs.status import Status, write_status
from trainer.runs import control
from trainer.runs.atomic import write_atomic
from trainer.runs.layout import RunDir
from trainer.runs.starting import spawn
from trainer.runs.state import is_alive, is_same_process, process_started
from trainer.tuning.best import count_text
from trainer.tuning.study import (
    FINISHING,
    StudyConfig,
    StudyDir,
    check_study,
    create_study,
    to_toml,
)
from trainer.tuning.trial_log import RUNNING


def start(root: Path, config: StudyConfig) -> StudyDir:
    """Make a study and start its worker; returns at once. ConfigError where it cannot be done."""
    config = dataclasses.replace(config, base=with_weights(config.base))
    study = create_study(root, config)
    try:
        _spawn(study)
    except BaseException:
        shutil.rmtree(study.path, ignore_errors=True)  # made a moment ago, and nobody works on it
        raise
    return study


def _spawn(study: StudyDir) -> None:
    write_status(study.state_file, Status(heartbeat=time.time()))
    spawn(study, "tune")


def under_way(study: StudyDir) -> bool:
    """Whether a living worker is at it, or about to be; RunError where its state does not tell."""
    status = study.status()
    return status.active and is_alive(status)


def resume(study: StudyDir, trials: int | None = None) -> str:
    """Go on with a study, to as many trials as said instead. Returns a sentence on what was done;
    RunError where a worker is at it or nothing is left to do, ConfigError for a bad number."""
    config = study.config()
    if under_way(study):
        if study.status().phase == FINISHING or control.pending(study):
            raise RunError(f"{study.id} ends after the trials under way: resume it then")
        raise RunError(f"{study.id} is being worked on: it needs no resume")
    if trials is not None:
        config = dataclasses.replace(config, trials=trials)
        check_study(config)
    log = study.trials()
    if config.trials < len(log.trials):
        raise ConfigError(
            f"trials is {config.trials}, but {len(log.trials)} began: give more", "trials"
        )
    if len(log.trials) >= config.trials and not any(one.state == RUNNING for one in log.trials):
        raise RunError(
            f"{study.id} has had its {count_text(len(log.trials))}: resume it with more to "
            "search on"
        )
    if trials is not None:
        write_atomic(study.config_file, to_toml(config))
    control.take(study)  # what was asked of the dead worker is not meant for the new one
    _spawn(study)
    return f"going on with {study.id}"


def stop(study: StudyDir) -> str:
    """Ask the worker to begin no more trials, and to end with those under way; RunError where there
    is none. Returns a sentence on what was done."""
    _check_under_way(study, "stop")
    control.send(study, "stop")
    return f"{study.id} ends after the trials under way"


def kill(study: StudyDir) -> str:
    """End the worker and the trials under way now; RunError where there is no worker. One on
    another host can only be asked. Returns a sentence on what was done."""
    _check_under_way(study, "kill")
    status = study.status()
    here = status.pid and status.host == socket.gethostname() and is_same_process(status)
    for trial in study.trials().trials:
        run = RunDir(study.runs_root / trial.run)
        if trial.state == RUNNING and trial.run and run.path.is_dir():
            control.send(run, "kill")
    if not here:
        control.send(study, "kill")
        return f"asked the worker of {study.id} to end itself and its trials"
    end_process(status.pid, study.id)
    deadline = time.monotonic() + 5.0
    while process_started(status.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    last = study.status()
    if last.active:
        ended = dataclasses.replace(
            last, state="stopped", text="killed", code=int(ExitCode.STOPPED)
        )
        write_status(study.state_file, ended)
    return f"killed {study.id}; resume takes its trials up again"


def why_not_steered(study_id: str, status: Status, command: str) -> str:
    """Why there is no worker to stop or kill, in a sentence; '' where there is one."""
    if status.active and is_alive(status):
        return ""
    return f"{study_id} has no worker to {command}: it is {status.shown}"


def _check_under_way(study: StudyDir, command: str) -> None:
    if why := why_not_steered(study.id, study.status(), command):
        raise RunError(why)
