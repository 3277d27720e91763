"""The state of a run, `state.json`: who works on it, how far it is, and whether it lives.

Only the worker writes it, but for two moments when there is no worker: before one is started
(`queued`) and after one was killed by command (`stopped`).
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from trainer.errors import DamagedError, RunError
from trainer.runs.atomic import write_atomic
from trainer.runs.events import END_OF_TIME, finite
from trainer.runs.layout import RunDir
from trainer.text import printable

VERSION = 1
ACTIVE = ("queued", "starting", "training", "paused", "stopping")
ENDED = ("finished", "stopped", "failed")
STATES = ACTIVE + ENDED
SAVED = "model of epoch"  # in the text of a run that saved its model as it ended
LOST = "lost"  # never written: what a reader says of an active state whose worker is gone
HEARTBEAT_SECONDS = 5.0
STALE_SECONDS = 60.0


@dataclass(frozen=True)
class RunState:
    """`best` holds the validation metrics of the best epoch, with its number under `epoch`; nothing
    while no epoch had a finite loss.

    `trace` is the validation age MAE of up to the last 32 epochs, for the sparkline. `halved` is
    how often the batch was halved because memory ran out.
    """

    state: str = "queued"
    v: int = VERSION
    pid: int = 0
    pid_started: float = 0.0
    pid_ticks: int = 0
    host: str = ""
    device: str = ""
    heartbeat: float = 0.0
    created: float = 0.0
    started: float = 0.0
    ended: float = 0.0
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    best: dict[str, float] = field(default_factory=dict)
    trace: list[float] = field(default_factory=list)
    text: str = ""
    code: int = 0
    asked: str = ""
    asked_at: float = 0.0
    halved: int = 0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE


_KINDS = {name: type(value) for name, value in vars(RunState()).items()}


def write_state(run: RunDir, state: RunState, *, durable: bool = True) -> None:
    """Replace state.json. Heartbeats need not be durable; changes of state should be."""
    body = json.dumps(finite(dataclasses.asdict(state)), allow_nan=False)
    write_atomic(run.state_file, body + "\n", durable=durable)


def read_state(run: RunDir) -> RunState:
    """The state as written; RunError if it is of a newer version or cannot be read, DamagedError if
    it is missing from its run or malformed: nobody works on such a run."""
    try:
        body: dict[str, Any] = json.loads(run.state_file.read_bytes())
        if body["v"] > VERSION:
            raise RunError(
                f"{_name(run)}: written by a newer version; upgrade agegender-tui to read it"
            )
        known = {key: value for key, value in body.items() if key in _KINDS}
        if known["state"] not in STATES:
            raise ValueError(known["state"])
        for key, value in known.items():
            _check_kind(key, value)
        if "best" in known:
            best = {key: _number(value) for key, value in known["best"].items()}
            # Older versions wrote the first epoch there while none had a finite loss.
            known["best"] = best if math.isfinite(best.get("loss", 0.0)) else {}
        if "trace" in known:
            known["trace"] = [_number(value) for value in known["trace"]]
        return RunState(**known)
    except FileNotFoundError:
        if not run.path.exists():
            where = printable(str(run.path))
            raise RunError(f"{where}: is gone; it was moved or deleted") from None
        raise DamagedError(f"{_name(run)}: missing; {run.to_keep()}") from None
    except OSError as error:
        raise RunError(
            f"{_name(run)}: cannot be read ({error.strerror}); check permissions"
        ) from None
    except (AttributeError, ValueError, KeyError, TypeError, RecursionError):
        raise DamagedError(
            f"{_name(run)}: not readable as a run's state; {run.to_keep()}"
        ) from None


def _name(run: RunDir) -> str:
    return printable(str(run.state_file))


def _check_kind(key: str, value: Any) -> None:
    """TypeError where a value is not of its field's kind, ValueError for a time no clock shows."""
    kind = _KINDS[key]
    if kind is float:
        if not 0 <= value < END_OF_TIME:
            raise ValueError(value)
    elif not isinstance(value, kind):
        raise TypeError(key)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


class Worker(Protocol):
    """What a state says of the process that works; see `RunState`."""

    @property
    def pid(self) -> int: ...
    @property
    def pid_started(self) -> float: ...
    @property
    def pid_ticks(self) -> int: ...
    @property
    def host(self) -> str: ...
    @property
    def heartbeat(self) -> float: ...


def process_ticks(pid: int) -> int:
    """When process `pid` of this host started, in clock ticks since boot, which no step of the
    system's clock moves; 0 if there is none, or no /proc to tell."""
    try:
        return _ticks(pid) or 0
    except (OSError, IndexError, ValueError):
        return 0


def process_started(pid: int) -> float:
    """When process `pid` of this host started, in Unix seconds; 0.0 if there is none."""
    try:
        ticks = _ticks(pid)
        if ticks is None:
            return 0.0
        return round(_boot_time() + ticks / os.sysconf("SC_CLK_TCK"), 2)
    except FileNotFoundError:
        if Path("/proc/self").is_dir():
            return 0.0
    except (OSError, IndexError, ValueError):
        return 0.0
    import psutil  # no /proc here: macOS

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def _ticks(pid: int) -> int | None:
    """From /proc; None for a process that ended and is not reaped yet."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rsplit(b")", 1)[1].split()
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def _boot_time() -> float:
    with open("/proc/stat", "rb") as file:
        for line in file:
            if line.startswith(b"btime "):
                return float(line.split()[1])
    return 0.0


def is_alive(state: Worker, now: float | None = None) -> bool:
    """Whether the worker of an active run still exists.

    On this host: by process id and start time, so a reused id does not count. Start times in
    seconds, all that older versions wrote, move with steps of the clock, so a fresh heartbeat
    counts as well. On another host: by a heartbeat
    not older than a minute. A run being launched has no process yet and gets the same minute.
    """
    fresh = (time.time() if now is None else now) - state.heartbeat < STALE_SECONDS
    if state.pid and state.host == socket.gethostname():
        return is_same_process(state) or (fresh and process_started(state.pid) > 0.0)
    return fresh


def is_same_process(state: Worker) -> bool:
    """Whether the worker's process id on this host is still that of the worker."""
    if state.pid_ticks:
        return process_ticks(state.pid) == state.pid_ticks
    started = process_started(state.pid)
    return started > 0.0 and abs(started - state.pid_started) < 2.0


def shown_state(state: RunState, now: float | None = None) -> str:
    """The state to show: as written, or `lost` where it is active without a living worker."""
    return LOST if state.active and not is_alive(state, now) else state.state
