"""Start the worker of a run, or of another job, in a process that outlives us."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from trainer.config import RunConfig
from trainer.runs import control
from trainer.runs.atomic import storage_errors
from trainer.runs.layout import RunDir, create_run
from trainer.runs.state import RunState, write_state


class Workplace(Protocol):
    """A run, or whatever else a worker is started on."""

    @property
    def path(self) -> Path: ...
    @property
    def log_file(self) -> Path: ...


def spawn(run: Workplace, verb: str, options: Sequence[str] = ()) -> int:
    """Start `python -m trainer <verb> <run>` in its own session, with its streams on worker.log.

    The folder one happens to be in is not searched: a `trainer.py` there is not ours.
    """
    with storage_errors(run.log_file), open(run.log_file, "ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-P", "-m", "trainer", verb, str(run.path), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            close_fds=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **search_path()},
        )
    return worker.pid


def search_path() -> dict[str, str]:
    """Where a worker finds this very code, if that is not among the installed packages."""
    source = str(Path(__file__).resolve().parents[2])
    if source in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        return {}
    return {"PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), source)))}


Spawn = Callable[[RunDir, str], int]


def start_run(root: Path, config: RunConfig, spawn: Spawn = spawn) -> RunDir:
    """Make a run directory and start its worker; returns at once."""
    run = create_run(root, config)
    now = time.time()
    try:
        write_state(run, RunState(state="queued", created=now, heartbeat=now, epochs=config.epochs))
        spawn(run, "train")
    except BaseException:
        shutil.rmtree(run.path, ignore_errors=True)  # made a moment ago, and nobody works on it
        raise
    return run


def start_again(run: RunDir, state: RunState, spawn: Spawn = spawn) -> None:
    """Start a worker that goes on with a run of that state, whose own is gone."""
    control.take(run)  # what was asked of the dead worker is not meant for the new one
    now = time.time()
    write_state(
        run,
        dataclasses.replace(
            state,
            state="queued",
            pid=0,
            pid_started=0.0,
            pid_ticks=0,
            heartbeat=now,
            ended=0.0,
            text="",
            code=0,
            asked="",
            asked_at=0.0,
        ),
    )
    spawn(run, "resume")
