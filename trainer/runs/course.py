"""How a run went: its finished epochs, and after how much work each was done.

Time of work is what an undisturbed run of the same would have taken: the preparation before the
first step (importing, decoding, features), then each epoch and the checkpoint after it. Waiting for
the device, pauses, time without a worker, steps lost with a killed worker and the preparation of
resumed ones are left out, so that two runs compare by it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trainer.runs.events import (
    CheckpointEvent,
    EpochEvent,
    Event,
    MessageEvent,
    NetworkEvent,
    PhaseEvent,
    RunEvent,
)

IDLE = ("queued", "paused")
# How runs told of the network before there was an event for it.
_TOLD = re.compile(r"network \w+: ([\d,]+) parameters(?:, ([\d,]+) of them trained)?")


@dataclass(frozen=True)
class Course:
    """`seconds[i]` is the time of work until the end of `epochs[i]`; `preparation` that before the
    first step. The numbers of parameters are None where the run does not tell them."""

    epochs: tuple[EpochEvent, ...] = ()
    seconds: tuple[float, ...] = ()
    preparation: float = 0.0
    parameters: int | None = None
    trainable: int | None = None

    @property
    def best(self) -> EpochEvent | None:
        """The last epoch that was the best when it ended: the one whose weights are saved."""
        return best_epoch(self.epochs)

    def seconds_of(self, epoch: int) -> float:
        """Time of work until the end of that epoch; ValueError if it is not among them."""
        return self.seconds[[one.epoch for one in self.epochs].index(epoch)]


def best_epoch(history: Sequence[EpochEvent]) -> EpochEvent | None:
    """The last epoch that was the best when it ended."""
    return next((epoch for epoch in reversed(history) if epoch.best), None)


class CourseReader:
    """Takes the events of a run in their order, live or from its file, and tells its course."""

    def __init__(self) -> None:
        self._epochs: dict[int, EpochEvent] = {}
        self._saving: dict[int, float] = {}  # by the epoch before the checkpoint
        self._parameters: int | None = None
        self._trainable: int | None = None
        self._prepared = 0.0
        self._since: float | None = None  # preparing since then
        self._last = 0.0
        self._begun = False
        self._course: Course | None = Course()

    def take(self, event: Event) -> None:
        if not self._begun:
            self._prepare(event)
        self._last = event.t
        if isinstance(event, EpochEvent):
            self._epochs[event.epoch] = event
        elif isinstance(event, CheckpointEvent) and not event.step:
            self._saving[event.epoch - 1] = event.seconds
        elif isinstance(event, NetworkEvent):
            self._parameters, self._trainable = event.parameters, event.trainable
        elif isinstance(event, MessageEvent) and (told := _TOLD.fullmatch(event.text)):
            if self._parameters is None:
                self._parameters, self._trainable = map(_number, told.groups())
        else:
            return
        self._course = None

    def _prepare(self, event: Event) -> None:
        """Sum up what is done before the first step, over all workers that it took."""
        if isinstance(event, RunEvent):
            self._pass(self._last)  # a worker before this one died at it
            self._since = event.t
        elif isinstance(event, PhaseEvent):
            self._pass(event.t)
            if event.name == "compiling":
                self._begun, self._course = True, None
            elif event.name not in IDLE:
                self._since = event.t
        elif isinstance(event, EpochEvent):
            self._pass(event.t - event.seconds)
            self._begun, self._course = True, None

    def _pass(self, now: float) -> None:
        if self._since is not None:
            self._prepared += max(now - self._since, 0.0)
        self._since = None

    @property
    def course(self) -> Course:
        """The course so far; the same object until something is new."""
        if self._course is None:
            epochs = tuple(self._epochs[number] for number in sorted(self._epochs))
            clock, seconds = self._prepared, []
            for epoch in epochs:
                clock += epoch.seconds if math.isfinite(epoch.seconds) else 0.0
                seconds.append(clock)
                clock += self._saving.get(epoch.epoch, 0.0)
            self._course = Course(
                epochs, tuple(seconds), self._prepared, self._parameters, self._trainable
            )
        return self._course


def _number(text: str | None) -> int | None:
    return int(text.replace(",", "")) if text else None


def read_course(events: Iterable[Event]) -> Course:
    """The course that these events tell."""
    reader = CourseReader()
    for event in events:
        reader.take(event)
    return reader.course
