"""Start the worker of an evaluation, find it again, and stop it."""

from __future__ import annotations

import dataclasses
import socket
import time
from pathlib import Path

from agegender_tui.launch import end_process
from trainer.errors import DamagedError, RunError
from trainer.evaluation.aside import put_aside, put_back_on_failure
from trainer.evaluation.plan import Plan, prepare
from trainer.evaluation.store import EvaluationDir
from trainer.jobs.status import Status, read_status, write_status
from trainer.runs import control
from trainer.runs.starting import spawn
from trainer.runs.state import is_alive, is_same_process, process_started
from trainer.text import printable


def start(root: Path, wanted: Plan, *, redo: bool = False, device: str = "auto") -> EvaluationDir:
    """The evaluation of a plan: as it was made before, or with a worker started on it; returns at
    once. What a stopped or killed worker had done is gone on from; `redo` forgets it all, and what
    was found before once the new is there.

    RunError for `redo` while a worker is at it.
    """
    directory = prepare(root, wanted)
    if directory.done and not redo:
        return directory
    if under_way(directory):
        if redo:
            raise RunError(f"{directory.id} is being evaluated now: stop it first, or wait")
        return directory
    with put_back_on_failure(directory):
        if redo:
            put_aside(directory)
        control.take(directory)  # what was asked of a dead worker is not meant for the new one
        write_status(directory.state_file, Status(heartbeat=time.time()))
        spawn(directory, "evaluate", ("--device", device))
    return directory


def under_way(directory: EvaluationDir) -> bool:
    """Whether a living worker is at it, or about to be; RunError where its state does not tell."""
    try:
        status = directory.status()
    except DamagedError:
        return False
    return status.active and is_alive(status)


def stop(directory: EvaluationDir) -> None:
    """Ask the worker to end after its next batch; RunError where there is none."""
    if not under_way(directory):
        raise RunError(f"{directory.id} has no worker to stop: it is {_state(directory)}")
    control.send(directory, "stop")


def kill(directory: EvaluationDir) -> None:
    """End the worker now; one on another host can only be asked. RunError where there is none, or
    where it is another user's."""
    if not under_way(directory):
        raise RunError(f"{directory.id} has no worker to kill: it is {_state(directory)}")
    status = read_status(directory.state_file)
    if not status.pid or status.host != socket.gethostname() or not is_same_process(status):
        control.send(directory, "kill")
        return
    end_process(status.pid, directory.id)
    deadline = time.monotonic() + 5.0
    while process_started(status.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    last = read_status(directory.state_file)
    if last.active:
        stopped = dataclasses.replace(last, state="stopped", text="killed")
        write_status(directory.state_file, stopped)


def _state(directory: EvaluationDir) -> str:
    try:
        return directory.status().shown
    except RunError as error:
        return printable(str(error))
