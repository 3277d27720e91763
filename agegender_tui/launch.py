"""Start a worker that outlives us, find it again, and tell it what to do."""

from __future__ import annotations

import dataclasses
import os
import pwd
import signal
import socket
import time
from pathlib import Path

from trainer.config import RunConfig
from trainer.errors import ExitCode, RunError
from trainer.runs import control
from trainer.runs.layout import RunDir
from trainer.runs.resuming import has_checkpoint, killed_text
from trainer.runs.starting import spawn, start_again, start_run
from trainer.runs.state import (
    RunState,
    is_alive,
    is_same_process,
    process_started,
    read_state,
    shown_state,
    write_state,
)
from trainer.text import printable
from trainer.user_path import absolute_path


def start(root: Path, config: RunConfig) -> RunDir:
    """Make a run directory and start its worker; returns at once."""
    return start_run(root, with_weights(config), spawn)


def with_weights(config: RunConfig) -> RunConfig:
    """The settings with VGG16's weights named as a worker of any working folder finds them: the
    file the run names, else the one in the user's settings."""
    if config.model != "B":
        return config
    named = config.weights
    if not named:
        from agegender_tui.user_settings import read_settings, settings_file

        named = read_settings(settings_file())[0].vgg16_weights
    if not named:
        return config
    return config.replace(weights=str(absolute_path(named)))


def resume(run: RunDir) -> str:
    """Go on with a run: wake a paused worker, take back a pause that was asked of one that waits or
    trains, or start a new one from the last checkpoint.

    Returns a sentence on what was done; RunError where there is nothing to resume, or where the
    settings are damaged or of a newer version: a worker would fail on them, and the state with it.
    """
    state = read_state(run)
    run.config()
    if state.active and is_alive(state):
        if state.state != "paused" and not _pause_asked(run, state):
            raise RunError(f"{run.id} is {state.state}: it needs no resume")
        control.send(run, "resume")
        return f"asked {run.id} to go on"
    if state.state == "finished":
        raise RunError(f"{run.id} is finished: start a new run to train further")
    start_again(run, state, spawn)
    return f"resuming {run.id}"


def _pause_asked(run: RunDir, state: RunState) -> bool:
    """Whether a worker that goes on is to pause, so that there is something to take back."""
    wishes = [command for _, command in control.pending(run) if command in ("pause", "resume")]
    return wishes[-1] == "pause" if wishes else state.asked == "pause"


def ask(run: RunDir, command: str) -> None:
    """Send `pause`, `stop` or `checkpoint` to a living worker; RunError if there is none."""
    state = read_state(run)
    if not (state.active and is_alive(state)):
        raise RunError(f"{run.id} has no worker to {command}: it is not running")
    waking = any(asked == "resume" for _, asked in control.pending(run))
    if command == "pause" and state.state == "paused" and not waking:
        raise RunError(f"{run.id} is paused already; resume goes on with it")
    control.send(run, command)


def end_process(pid: int, name: str) -> None:
    """End the worker of `name`, if it is there; RunError where it is another user's."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise RunError(
            f"{name}: its worker, process {pid}, is {_owner(pid)}'s, which you may not end: "
            "ask them to, or stop it instead of killing it"
        ) from None


def _owner(pid: int) -> str:
    try:
        number = os.stat(f"/proc/{pid}").st_uid  # noqa: PTH116 - as short as it gets
    except OSError:
        return "another user"
    try:
        return printable(pwd.getpwuid(number).pw_name)
    except KeyError:
        return f"user {number}"


def why_not_killed(run_id: str, state: RunState) -> str:
    """Why there is no worker to kill, in a sentence; '' where there is one. A lost one of another
    host, or that has not told where it is, may have been suspended and come back."""
    elsewhere = not state.pid or state.host != socket.gethostname()
    if state.active and (elsewhere or is_alive(state)):
        return ""
    return f"{run_id} is {shown_state(state)}: there is no worker to kill"


def kill(run: RunDir) -> str:
    """End the worker now, without a last checkpoint; what was saved before stays resumable.

    Returns a sentence on what was done. A worker on another host can only be asked, a lost one
    there for when it comes back. RunError where there is none, or where it is another user's.
    """
    state = read_state(run)
    if why := why_not_killed(run.id, state):
        raise RunError(why)
    here = state.host in ("", socket.gethostname()) and is_same_process(state)
    if state.pid and not here and is_alive(state):
        control.send(run, "kill")
        return f"asked the worker of {run.id} on {printable(state.host)} to end itself"
    if state.pid and here:
        end_process(state.pid, run.id)
        deadline = time.monotonic() + 5.0
        while process_started(state.pid) and time.monotonic() < deadline:
            time.sleep(0.01)
    else:
        control.send(run, "kill")
    last = read_state(run)
    if not last.active:
        return f"{run.id} had just ended: it is {last.state}"
    write_state(
        run,
        dataclasses.replace(
            last,
            state="stopped",
            ended=time.time(),
            asked="",
            text=killed_text(run),
            code=int(ExitCode.STOPPED),
        ),
    )
    goes_on = "goes on from its last checkpoint" if has_checkpoint(run) else "begins it anew"
    if state.pid and not here:
        lost = f"its worker on {printable(state.host)} is lost, and ends if it comes back"
        return f"stopped {run.id}: {lost}; resume {goes_on}"
    return f"killed {run.id}; resume {goes_on}"
