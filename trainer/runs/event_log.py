"""Writing and following the file of events, `trainer.runs.events`."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

from trainer.runs.appending import append_line, cut_torn_line
from trainer.runs.atomic import storage_errors
from trainer.runs.events import CheckpointEvent, EndEvent, EpochEvent, Event, decode, encode


class EventWriter:
    """Appends events; repairs a torn last line and goes on counting after a resume.

    Epochs, checkpoints and ends are fsynced; the rest is left to the system. Not thread-safe by
    itself: the worker guards it with a lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with storage_errors(path):
            self._seq = _next_number(cut_torn_line(path))
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by `close`

    def write(self, event: Event) -> None:
        stamped = dataclasses.replace(event, seq=self._seq, t=round(time.time(), 3))
        with storage_errors(self._path):
            durable = isinstance(event, EpochEvent | CheckpointEvent | EndEvent)
            append_line(self._file, (encode(stamped) + "\n").encode(), durable=durable)
        self._seq += 1

    def close(self) -> None:
        self._file.close()


def _next_number(content: bytes) -> int:
    seqs = [event.seq for event in map(decode, content.splitlines()) if event]
    return max(seqs, default=-1) + 1


class EventReader:
    """Follows one `events.jsonl` by offset; each `read` returns what is new and complete. It starts
    over where the file became shorter; `started_over` counts how often."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.offset = 0
        self.started_over = 0

    def read(self, limit: int = 16 << 20, newest_only: tuple[str, ...] = ()) -> list[Event]:
        """New events; at most about `limit` bytes of them, so that a reader never stalls.

        Of the types in `newest_only` just the last one of each is decoded and returned.
        """
        try:
            size = self._path.stat().st_size
            if size < self.offset:
                self.offset = 0
                self.started_over += 1
            if size == self.offset:
                return []
            with open(self._path, "rb") as file:
                file.seek(self.offset)
                content = file.read(limit)
        except FileNotFoundError:
            return []
        whole = content.rfind(b"\n") + 1
        self.offset += whole
        lines = content[:whole].splitlines()
        if newest_only:
            lines = _newest(lines, newest_only)
        return [event for event in map(decode, lines) if event is not None]


def _newest(lines: list[bytes], types: tuple[str, ...]) -> list[bytes]:
    """Leave out all but the last line of each of `types`, without decoding any."""
    left = {f'"type":"{name}",'.encode() for name in types}
    gone: set[bytes] = set()
    kept = []
    for line in reversed(lines):
        start = line[:120]  # the type stands right after version, number and time
        if any(mark in start for mark in gone):
            continue
        found = {mark for mark in left if mark in start}
        gone |= found
        left -= found
        kept.append(line)
    return kept[::-1]


def read_events(path: Path) -> Iterator[Event]:
    """All events now in the file."""
    reader = EventReader(path)
    before = -1
    while reader.offset != before:
        before = reader.offset
        yield from reader.read()
