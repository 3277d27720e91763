"""First come, first served on a device: tickets that the operating system voids with their holder.

Each waiting or working run holds a lock on a ticket file of its own, in a folder per device. The
live ticket with the lowest number has the device. A ticket nobody locks is of a dead process and is
removed. There is no daemon, and nothing to clean up after a crash.
"""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

import platformdirs

from trainer.runs.atomic import storage_errors
from trainer.user_path import user_path


def queue_folder(device: str) -> Path:
    """The ticket folder of one device of this host and user."""
    root = os.environ.get("AGEGENDER_QUEUE") or str(
        Path(platformdirs.user_cache_dir("agegender-tui")) / "devices"
    )
    # A home folder that many hosts share has the tickets of all of them.
    folder = user_path(root)
    return folder / f"{socket.gethostname()}-{device.replace(':', '-')}"


class DeviceTicket:
    """A place in the queue of `device`, from construction until `release` or death."""

    def __init__(self, device: str, run_id: str) -> None:
        folder = queue_folder(device)
        with storage_errors(folder, "set AGEGENDER_QUEUE to another folder"):
            folder.mkdir(parents=True, exist_ok=True)
            with open(folder / ".lock", "w") as mutex:
                fcntl.flock(mutex, fcntl.LOCK_EX)
                number = max((n for n, _ in _tickets(folder)), default=0) + 1
                self.path = folder / f"{number:08d}-{run_id}"
                self._file = open(self.path, "w")  # noqa: SIM115 - open as long as the ticket
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def ahead(self) -> list[str]:
        """Ids of the live runs before this one, the one that has the device first."""
        folder = self.path.parent
        own = int(self.path.name.partition("-")[0])
        with open(folder / ".lock", "w") as mutex:
            fcntl.flock(mutex, fcntl.LOCK_EX)
            return [
                run
                for number, run in _tickets(folder)
                if number < own and _live(folder, number, run)
            ]

    def release(self) -> None:
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


def _tickets(folder: Path) -> list[tuple[int, str]]:
    parts = (name.partition("-") for name in sorted(os.listdir(folder)))
    return [(int(number), run) for number, _, run in parts if number.isdigit()]


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
