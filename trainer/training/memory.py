"""Out of memory: half the batch, in a new process.

TensorFlow does not reliably give memory back, so the worker replaces itself. `config.toml` keeps
saying what the user wanted; how often its batch was halved stands in state.json and in each
checkpoint.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from trainer.config import RunConfig
from trainer.errors import DeviceError
from trainer.runs.layout import RunDir
from trainer.runs.queue import DeviceTicket, handed

MOST_HALVINGS = 3
# How TensorFlow, CUDA and the C++ library say it, each where its own kind of error is lost. The
# last is of a constant that found no room while the graph was made ready.
_WORDS = (
    "out of memory",
    "resource_exhausted",
    "oom when allocating",
    "failed to allocate",
    "alloc_failed",
    "bad_alloc",
    "cannot parse tensor from proto",
)


class StartAgain(DeviceError):
    """This process can work on the run no more; another one can, with the batch of its state. It
    gets the `tickets` of this one, as others may have waited for the device since."""

    def __init__(self, text: str, tickets: Sequence[DeviceTicket] = ()) -> None:
        super().__init__(text)
        self.tickets = tickets


def is_out_of_memory(error: BaseException) -> bool:
    """Whether host or device ran out of memory, however TensorFlow calls it."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return True
    text = str(error).lower()
    return any(word in text for word in _WORDS)


def halved_batch(config: RunConfig, halved: int) -> RunConfig:
    """The settings with a batch that was halved so often."""
    return dataclasses.replace(config, batch_size=max(1, config.batch_size >> halved))


def can_halve(config: RunConfig, halved: int, gpus: int = 1) -> bool:
    """Whether there is a smaller batch to try yet, that divides among `gpus`."""
    smaller = config.batch_size >> halved + 1
    return halved < MOST_HALVINGS and smaller > 0 and smaller % gpus == 0


def start_again(
    run: RunDir, environment: Mapping[str, str], tickets: Sequence[DeviceTicket]
) -> NoReturn:
    """Replace this process by a worker that resumes `run`; only this process's id and its `tickets`
    stay.

    `environment` is what this process began with: since then `CUDA_VISIBLE_DEVICES` may name the
    run's own GPU alone, among which `gpu:1` would be no more.
    """
    with contextlib.suppress(OSError):  # no /proc here: macOS, where there is no GPU to free
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2:
                with contextlib.suppress(OSError):  # the listing's own
                    os.set_inheritable(int(name), False)
    sys.stdout.flush()
    sys.stderr.flush()
    safe_path = ["-P"] if sys.flags.safe_path else []
    command = [sys.executable, *safe_path, "-m", "trainer", "resume", str(run.path)]
    os.execve(sys.executable, command, {**environment, **handed(tickets)})
