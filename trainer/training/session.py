"""The worker's side of the run directory: state, events, commands and signals, in one place.

The training loop calls `poll` at every step boundary and acts on what it returns; a thread keeps
the heartbeat and the system gauges going through long phases and pauses.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from trainer.errors import ExitCode, StorageError
from trainer.runs import control
from trainer.runs.event_log import EventWriter
from trainer.runs.events import EndEvent, Event, MessageEvent, PhaseEvent, RunEvent
from trainer.runs.hold import hold
from trainer.runs.layout import RunDir, newest_position
from trainer.runs.queue import DeviceTicket
from trainer.runs.reserve import give_back, reserve
from trainer.runs.resuming import killed_text
from trainer.runs.state import (
    HEARTBEAT_SECONDS,
    RunState,
    process_started,
    process_ticks,
    read_state,
    write_state,
)
from trainer.training.monitor import Monitor

GAUGE_SECONDS = 2.0
RESERVE_BYTES = 256 * 1024
GONE_SECONDS = 10.0  # a folder that was moved may be put back


class StopRequested(Exception):
    """A stop was asked for where there is nothing to save yet."""


@dataclass(frozen=True)
class Requests:
    """What the user asked for since the last step boundary."""

    stop: bool = False
    pause: bool = False
    resume: bool = False
    checkpoint: bool = False


class Session:
    """One worker at work on one run; use as a context manager around the whole of it."""

    def __init__(self, run: RunDir) -> None:
        self.run = run
        self._lock = threading.RLock()
        self._hold = hold(run.path)
        self._signalled = 0
        self._pause_held = False  # asked for before the first step, acted on at it
        self._closed = threading.Event()
        pid = os.getpid()
        before = read_state(run)
        now = time.time()
        self.state = dataclasses.replace(
            before,
            state="starting",
            pid=pid,
            pid_started=process_started(pid),
            pid_ticks=process_ticks(pid),
            host=socket.gethostname(),
            created=before.created or now,
            started=before.started or now,
            ended=0.0,
            heartbeat=now,
            text="",
            code=0,
            asked="",
            asked_at=0.0,
        )
        self._reserved = reserve(run.path, RESERVE_BYTES)
        try:
            self._events = EventWriter(run.events_file)
            write_state(run, self.state)  # last: until then those who wait are told why it failed
        except StorageError:
            give_back(self._reserved)  # to tell them takes space
            raise
        self._monitor = Monitor()
        self._tickets: Sequence[DeviceTicket] = ()
        self._next_beat = 0.0
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Session:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()
        self._events.close()
        self._hold.close()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self._signalled += 1
        if self._signalled > 1:
            # No locks here: the main thread may hold them. A reader finds the run lost, and its
            # last checkpoint resumes it.
            os._exit(ExitCode.STOPPED)

    @property
    def stopping(self) -> bool:
        """Whether the user asked this worker to stop."""
        return self._signalled > 0 or self.state.asked == "stop"

    def emit(self, event: Event) -> None:
        """Append to the event log."""
        with self._lock:
            self._events.write(event)

    def message(self, text: str, level: str = "info") -> None:
        """A sentence for the log pane."""
        self.emit(MessageEvent(level=level, text=text))

    def update(self, **changes: Any) -> None:
        """Change the state; a change of `state` itself reaches the disk before this returns."""
        with self._lock:
            durable = changes.get("state", self.state.state) != self.state.state
            self.state = dataclasses.replace(self.state, heartbeat=time.time(), **changes)
            write_state(self.run, self.state, durable=durable)

    def note(self, **changes: Any) -> None:
        """Change the state in memory; the next heartbeat writes it."""
        with self._lock:
            self.state = dataclasses.replace(self.state, **changes)

    def keep(self, tickets: Sequence[DeviceTicket]) -> None:
        """Have the heartbeat see to these tickets, which may become others meanwhile."""
        self._tickets = tickets

    def begin(self, action: str, device: str, batch_size: int) -> None:
        self.note(device=device)
        epoch, step = newest_position(self.run) if action == "resume" else (1, 0)
        self.emit(
            RunEvent(
                action=action,
                pid=self.state.pid,
                host=self.state.host,
                device=device,
                epoch=epoch,
                step=step,
                batch_size=batch_size,
            )
        )

    def phase(self, name: str, done: int = 0, of: int = 0, detail: str = "") -> None:
        """Tell what is being done; raises StopRequested if the user does not want it any more."""
        self.emit(PhaseEvent(name=name, done=done, of=of, detail=detail))
        requests = self.poll()
        if requests.stop:
            raise StopRequested
        self._hold_pause(requests.pause)

    def poll(self) -> Requests:
        """Take the commands and signals that arrived; a stop shows in the state at once."""
        taken = control.take(self.run)
        names = [command for _, command in taken]
        if "kill" in names:
            self.end("stopped", killed_text(self.run), ExitCode.STOPPED)
            os._exit(ExitCode.STOPPED)
        stop = "stop" in names or self._signalled > 0
        if stop and self.state.asked != "stop":
            asked_at = next((when for when, name in taken if name == "stop"), time.time())
            self.update(state="stopping", asked="stop", asked_at=asked_at)
        held, self._pause_held = "pause" if self._pause_held else "", False
        last = next((n for n in reversed(names) if n in ("pause", "resume")), held)
        if last == "resume":
            self._hold_pause(False)
        return Requests(
            stop=stop,
            pause=last == "pause",
            resume=last == "resume",
            checkpoint="checkpoint" in names,
        )

    def wait_while(self, blocked: Callable[[], bool], seconds: float = 0.2) -> Requests:
        """Idle until not `blocked` or a request arrives that ends the wait; a pause asked for
        meanwhile is kept for the next poll. StorageError where the run's folder is gone for long:
        nobody could ask for anything any more, and its place on the device would stay taken."""
        there = time.monotonic()
        while True:
            requests = self.poll()
            self._hold_pause(requests.pause)
            if requests.stop or requests.resume or not blocked():
                return requests
            if self.run.path.exists():
                there = time.monotonic()
            elif time.monotonic() - there > GONE_SECONDS:
                self.update()  # fails as every write there does
            time.sleep(seconds)

    def _hold_pause(self, held: bool) -> None:
        """Keep a pause for the next poll, where all can see it, or no more."""
        held = held and self.state.state != "paused"
        self._pause_held = held
        if held != (self.state.asked == "pause") and not self.stopping:
            asked_at = time.time() if held else 0.0
            self.update(asked="pause" if held else "", asked_at=asked_at)

    def end(self, state: str, text: str, code: ExitCode) -> None:
        """Say how it ended, in the state and the log, even on a full disk."""
        with self._lock:
            give_back(self._reserved)
            closing = EndEvent(state=state, text=text, epoch=self.state.epoch, code=int(code))
            try:
                self._events.write(closing)
            finally:
                self.update(
                    state=state,
                    text=text,
                    code=int(code),
                    ended=time.time(),
                    asked="",
                    asked_at=0.0,
                )

    def _beat(self) -> None:
        told: set[str] = set()
        while not self._closed.wait(GAUGE_SECONDS):
            for part in (self._keep_tickets, self._tell_life):
                try:
                    part()
                except Exception as error:
                    # A full disk the main thread meets at its next write, and ends the run.
                    # Nothing else, a driver that fails say, may stop the heartbeat: the run would
                    # seem lost.
                    if str(error) not in told:
                        told.add(str(error))
                        with contextlib.suppress(OSError):  # worker.log lies on that disk too
                            print(f"heartbeat: {type(error).__name__}: {error}", file=sys.stderr)

    def _keep_tickets(self) -> None:
        for ticket in list(self._tickets):
            ticket.keep()

    def _tell_life(self) -> None:
        with self._lock:
            if self._closed.is_set() or not self.state.active:
                return
            if time.monotonic() >= self._next_beat:
                self._next_beat = time.monotonic() + HEARTBEAT_SECONDS
                self.update()
            if self.state.state != "queued":  # one may wait for days, beside many others
                self._events.write(self._monitor.sample())


def initial_state(epochs: int) -> RunState:
    """The state of a run whose worker was started without the dashboard."""
    now = time.time()
    return RunState(created=now, heartbeat=now, epochs=epochs)
