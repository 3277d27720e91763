"""Commands to a worker: one small file each in `control/`, from any process on any host.

A file is named `<nanoseconds>-<command>` and made atomically by rename; the worker takes them in
order at a step boundary and deletes each.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol

from trainer.errors import RunError
from trainer.runs.atomic import storage_errors


class Steered(Protocol):
    """A run, or whatever else has a worker and a folder for commands to it."""

    @property
    def control(self) -> Path: ...


COMMANDS = ("pause", "resume", "stop", "checkpoint", "kill")


def send(run: Steered, command: str) -> None:
    """Ask the worker for `pause`, `resume`, `stop`, `checkpoint` or `kill`."""
    if command not in COMMANDS:
        raise RunError(f"'{command}' is no command: choose {', '.join(COMMANDS)}")
    with storage_errors(run.control):
        run.control.mkdir(exist_ok=True)
        stamp = time.time_ns()
        temporary = run.control / f".{stamp}-{os.getpid()}"
        temporary.touch()  # empty: a full disk often still takes a name
        temporary.rename(run.control / f"{stamp:020d}-{command}")


def pending(run: Steered) -> list[tuple[float, str]]:
    """Commands not yet taken, oldest first: (Unix seconds when asked, command)."""
    return [parsed for name in _names(run) if (parsed := _parse(name))]


def take(run: Steered) -> list[tuple[float, str]]:
    """Consume the pending commands. A listing costs microseconds, so every step may ask."""
    taken = []
    for name in _names(run):
        # Only what this listing showed is deleted: a command sent meanwhile waits for the next.
        try:
            (run.control / name).unlink(missing_ok=True)
        except (IsADirectoryError, PermissionError):
            continue  # a folder somebody put there
        if parsed := _parse(name):
            taken.append(parsed)
    return taken


def _names(run: Steered) -> list[str]:
    try:
        return sorted(name for name in os.listdir(run.control) if not name.startswith("."))
    except FileNotFoundError:
        return []


def _parse(name: str) -> tuple[float, str] | None:
    stamp, _, command = name.partition("-")
    return (int(stamp) / 1e9, command) if stamp.isdecimal() and command in COMMANDS else None
