"""A dashboard in a pseudo-terminal, and when each of its screens was seen."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import Protocol

import psutil
import pyte

RESTS, IDLE_CPU = 2, 0.025  # quarters of a second, and CPU seconds in each: clocks, a cursor


class Emulator(Protocol):
    """Makes a screen of output."""

    @property
    def display(self) -> list[str]: ...

    def feed(self, output: bytes) -> None: ...


class TextScreen(pyte.Screen):
    """Text alone."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows)
        self._stream = pyte.ByteStream(self)

    def feed(self, output: bytes) -> None:
        self._stream.feed(output)


class Terminal:
    """Runs `command` in a terminal of `columns`×`rows`; keeps every piece of output with the time
    it arrived, so that the slow emulation of the screen can be done afterwards."""

    def __init__(
        self,
        command: list[str],
        columns: int = 120,
        rows: int = 40,
        environment: dict[str, str] | None = None,
        screen: Emulator | None = None,
    ) -> None:
        self._screen = screen or TextScreen(columns, rows)
        self._pieces: list[tuple[float, bytes]] = []
        self._replayed = 0
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        wanted = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **(environment or {}),
        }
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=wanted
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._master, 65536)
            except OSError:
                return
            if not piece:
                return
            self._pieces.append((time.perf_counter(), piece))

    def press(self, keys: str) -> float:
        """Send keys; returns when (perf_counter)."""
        now = time.perf_counter()
        os.write(self._master, keys.encode())
        return now

    def seen(self, shows: Callable[[str], bool], timeout: float = 15.0) -> float:
        """When (perf_counter) the piece of output arrived after which the screen's text satisfied
        `shows`; TimeoutError if it never did."""
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline:
            while self._replayed < len(self._pieces):
                when, piece = self._pieces[self._replayed]
                self._replayed += 1
                self._screen.feed(piece)
                if shows(self.text()):
                    return when
            time.sleep(0.002)
        raise TimeoutError("the screen shows:\n" + self.text())

    def rest(self, timeout: float = 180.0) -> float:
        """Wait until the program has next to nothing to do, and take in all that it wrote; returns
        the CPU seconds that it has used so far. TimeoutError if it never rests."""
        deadline, idle, used = time.perf_counter() + timeout, 0, self.cpu()
        while idle < RESTS:
            if time.perf_counter() > deadline:
                raise TimeoutError("it never rests; the screen shows:\n" + self.text())
            time.sleep(0.25)
            now = self.cpu()
            idle = idle + 1 if now - used <= IDLE_CPU else 0
            used = now
        while self._replayed < len(self._pieces):
            self._screen.feed(self._pieces[self._replayed][1])
            self._replayed += 1
        return used

    def cpu(self) -> float:
        """Seconds of CPU, of all threads."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def text(self) -> str:
        return "\n".join(self._screen.display)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._master)


def dashboard(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "agegender_tui", *arguments]
