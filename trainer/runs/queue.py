"""First come, first served on a device: tickets that the operating system voids with their holder.

Each waiting or working run holds a lock on a ticket file of its own, in a folder per device. The
live ticket with the lowest number has the device. A ticket nobody locks is of a dead process and is
removed. There is no daemon, and nothing to clean up after a crash.

A process that replaces itself (`os.execve`) hands its tickets over: the lock is the open file's,
and that stays open.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import platformdirs

from trainer.runs.atomic import storage_errors
from trainer.user_path import user_path

SURE_SECONDS = 10.0  # by then all that live have made their deleted tickets again, see `keep`
HANDED = "AGEGENDER_TICKETS"  # JSON: (descriptor, path) of each that was handed over


def queue_root() -> Path:
    """`AGEGENDER_QUEUE`, else in the user's state folder: where the queues of all devices are."""
    root = os.environ.get("AGEGENDER_QUEUE") or str(
        # Not of the cache, which may be deleted at any time.
        Path(platformdirs.user_state_dir("agegender-tui")) / "devices"
    )
    return user_path(root)


def queue_folder(device: str) -> Path:
    """The ticket folder of one device of this host and user."""
    # A home folder that many hosts share has the tickets of all of them.
    return queue_root() / f"{socket.gethostname()}-{device.replace(':', '-')}"


class DeviceTicket:
    """A place in the queue of `device`, from construction until `release` or death. That which a
    process before this one handed over is kept."""

    def __init__(self, device: str, run_id: str) -> None:
        folder = queue_folder(device)
        with _queue(folder):
            handed = _handed_over(folder, run_id)
            number = max((n for n, _ in _tickets(folder)), default=0) + 1
            self.path, self._file = handed or _taken(folder / f"{number:08d}-{run_id}")
        self._guard = threading.Lock()
        self._known: list[str] = []  # what `ahead` said last
        self._sure_at = 0.0  # by the monotonic clock

    def ahead(self) -> list[str]:
        """Ids of the live runs before this one, the one that has the device first."""
        folder = self.path.parent
        with self._guard, _queue(folder):
            self._make_again()
            own = _place(self.path.name)
            found = [
                run
                for number, run in _tickets(folder)
                if (number, run) < own and _live(folder, number, run)
            ]
        # Those before it may not have made theirs again yet.
        if found or time.monotonic() >= self._sure_at:
            self._known = found
        return self._known

    def keep(self) -> None:
        """Make the ticket again if it was deleted with its folder, or the next run would not see
        that the device is taken. Any thread may do it, every few seconds; after `release` it does
        nothing."""
        with self._guard:
            if not self._file.closed and not self.path.exists():
                with _queue(self.path.parent):
                    self._make_again()

    def _make_again(self) -> None:
        """Under its own number, so that all stay in order."""
        if not self.path.exists():
            deleted = self._file
            self.path, self._file = _taken(self.path)
            deleted.close()
            self._sure_at = time.monotonic() + SURE_SECONDS

    def hand_over(self) -> tuple[int, str]:
        """Let the process that this one is replaced by inherit the ticket; for `handed`."""
        os.set_inheritable(self._file.fileno(), True)
        return self._file.fileno(), str(self.path)

    def release(self) -> None:
        with self._guard:
            self.path.unlink(missing_ok=True)
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


@contextlib.contextmanager
def _queue(folder: Path) -> Iterator[None]:
    """The folder, made if need be, for this process alone."""
    with storage_errors(folder, "set AGEGENDER_QUEUE to another folder"):
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / ".lock", "w") as mutex:
            fcntl.flock(mutex, fcntl.LOCK_EX)
            yield


def _taken(path: Path) -> tuple[Path, IO[str]]:
    file = open(path, "w")  # noqa: SIM115 - open as long as the ticket
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return path, file


def handed(tickets: Iterable[DeviceTicket]) -> dict[str, str]:
    """What the environment of the process that replaces this one has to hold."""
    return {HANDED: json.dumps([ticket.hand_over() for ticket in tickets])}


def drop_handed() -> None:
    """Give up the tickets of the process before this one that were not taken over."""
    for descriptor, path in _left():
        if found := _inherited(descriptor, path):
            path.unlink(missing_ok=True)
            found[1].close()


def _handed_over(folder: Path, run_id: str) -> tuple[Path, IO[str]] | None:
    """The ticket of this run in this queue that the process before this one held, once."""
    found, others = None, []
    for descriptor, path in _left():
        if found is None and path.parent == folder and path.name.partition("-")[2] == run_id:
            found = _inherited(descriptor, path)
        else:
            others.append((descriptor, str(path)))
    if others:
        os.environ[HANDED] = json.dumps(others)
    return found


def _left() -> list[tuple[int, Path]]:
    """Those not taken over yet, which are forgotten here."""
    try:
        told = json.loads(os.environ.pop(HANDED, "[]"))
        return [(int(descriptor), Path(path)) for descriptor, path in told]
    except (ValueError, TypeError):
        return []


def _inherited(descriptor: int, path: Path) -> tuple[Path, IO[str]] | None:
    try:
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            os.set_inheritable(descriptor, False)
            return path, os.fdopen(descriptor, "w")
    except OSError:
        pass  # closed or deleted on the way: the place is lost
    return None


def _place(name: str) -> tuple[int, str]:
    number, _, run = name.partition("-")
    return int(number), run


def _tickets(folder: Path) -> list[tuple[int, str]]:
    names = sorted(os.listdir(folder))
    return [_place(name) for name in names if name.partition("-")[0].isdigit()]


def _live(folder: Path, number: int, run: str) -> bool:
    path = folder / f"{number:08d}-{run}"
    try:
        with open(path, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
