"""The worker's side of a job's directory: state, heartbeats, commands and signals."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Protocol, Self

from trainer.errors import ExitCode, StorageError, UserError
from trainer.failure_log import log_failure
from trainer.jobs.status import Status, read_status, write_status
from trainer.runs import control
from trainer.runs.hold import hold
from trainer.runs.queue import DeviceTicket
from trainer.runs.reserve import give_back, reserve
from trainer.runs.state import HEARTBEAT_SECONDS, process_started, process_ticks

RESERVE_BYTES = 64 * 1024
TOLD_SECONDS = 0.25  # between two reports of progress


class StopRequested(Exception):
    """The user does not want it any more."""


class JobDir(Protocol):
    """The folder of an evaluation, or of whatever else is worked on like one."""

    @property
    def path(self) -> Path: ...
    @property
    def state_file(self) -> Path: ...
    @property
    def control(self) -> Path: ...


class Session:
    """One worker at work on one job; use as a context manager around the whole of it. `on_kill` is
    called before it ends because it is to be killed."""

    def __init__(self, directory: JobDir, on_kill: Callable[[], None] = lambda: None) -> None:
        self.directory = directory
        self._on_kill = on_kill
        self._lock = threading.RLock()
        self._hold = hold(directory.path)
        self._signalled = 0
        self._told = 0.0
        self._closed = threading.Event()
        self._reserved = reserve(directory.path, RESERVE_BYTES)
        pid = os.getpid()
        self.status = Status(
            state="working", pid=pid, pid_started=process_started(pid),
            pid_ticks=process_ticks(pid), host=socket.gethostname(), heartbeat=time.time(),
            phase="starting",
        )  # fmt: skip
        try:
            write_status(directory.state_file, self.status)
        except StorageError:
            give_back(self._reserved)  # to tell those who wait takes space
            raise
        self._ticket: DeviceTicket | None = None
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._on_signal)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        self._before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()
        self._hold.close()
        for number, how in self._before.items():
            signal.signal(number, how)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self._signalled += 1
        if self._signalled > 1:
            # No locks here: the main thread may hold them. A reader finds the job lost.
            os._exit(ExitCode.STOPPED)

    @property
    def signalled(self) -> bool:
        """Whether a signal asked it to stop, as when the machine shuts down."""
        return self._signalled > 0

    def update(self, **changes: Any) -> None:
        """Change the state; a change of `state` itself reaches the disk before this returns."""
        with self._lock:
            durable = changes.get("state", self.status.state) != self.status.state
            self.status = dataclasses.replace(self.status, heartbeat=time.time(), **changes)
            write_status(self.directory.state_file, self.status, durable=durable)

    def keep(self, ticket: DeviceTicket) -> None:
        """Have the heartbeat see to its place in the queue."""
        self._ticket = ticket

    def phase(self, name: str, done: int = 0, of: int = 0) -> None:
        """Tell what is being done; raises StopRequested if the user asked to stop."""
        self.poll()
        self.tell(name, done, of)

    def tell(self, name: str, done: int = 0, of: int = 0) -> None:
        """The same, whatever the user asked."""
        now = time.monotonic()
        if name == self.status.phase and now - self._told < TOLD_SECONDS and done != of:
            return
        self._told = now
        self.update(phase=name, done=done, of=of)

    def poll(self) -> None:
        """Take the commands and signals that arrived; StopRequested where one is to stop."""
        names = [command for _, command in control.take(self.directory)]
        if "kill" in names:
            self._on_kill()
            self.end("stopped", "killed", ExitCode.STOPPED)
            os._exit(ExitCode.STOPPED)
        if "stop" in names or self._signalled:
            raise StopRequested

    def end(self, state: str, text: str, code: ExitCode) -> None:
        """Say how it ended, even on a full disk."""
        give_back(self._reserved)
        self.update(state=state, text=text, code=int(code))

    def fail(self, error: Exception, known: UserError) -> ExitCode:
        """Say that `error` ended it, in the words of `known`; the exit status."""
        try:
            self.end("failed", str(known), known.exit_code)
        finally:
            log_failure(error, known)
        return known.exit_code

    def _beat(self) -> None:
        while not self._closed.wait(HEARTBEAT_SECONDS):
            try:
                with self._lock:
                    if self._closed.is_set() or not self.status.active:
                        return
                    self.update()
                if self._ticket:
                    self._ticket.keep()
            except Exception as error:  # the main thread meets a full disk at its next write
                with contextlib.suppress(OSError):
                    print(f"heartbeat: {type(error).__name__}: {error}", file=sys.stderr)


def tell_those_who_wait(
    directory: JobDir, text: str, code: ExitCode, before: Callable[[], None] = lambda: None
) -> None:
    """A worker that failed before it had the job leaves it as launched: say why, after `before`."""
    with contextlib.suppress(Exception):
        status = read_status(directory.state_file)
        if status.active and not status.pid:
            before()
            failed = dataclasses.replace(status, state="failed", text=text, code=int(code))
            write_status(directory.state_file, failed)
