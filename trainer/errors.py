"""Errors a user can act on: one sentence that names the thing, the value and the remedy."""

from __future__ import annotations

from enum import IntEnum

from trainer.text import printable

# What TensorFlow says before it comes to the point.
_PREAMBLE = ("Graph execution error:", "Detected at node", "<stack traces unavailable>", "File ")

REINSTALL = "run `pip install --force-reinstall .` in the folder of the program's source"


class ExitCode(IntEnum):
    """Exit status of every command, documented in the README."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    DATA = 3
    RUN = 4
    ENVIRONMENT = 5
    STORAGE = 6
    DEVICE = 7
    STOPPED = 8


class UserError(Exception):
    """An expected failure; `str(error)` is one line fit for the screen."""

    exit_code = ExitCode.UNEXPECTED


class ConfigError(UserError):
    """A setting is unknown, malformed or out of range."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, setting: str | None = None) -> None:
        super().__init__(message)
        self.setting = setting


class DataError(UserError):
    """The data set cannot be used for the run that was asked for."""

    exit_code = ExitCode.DATA


class RunError(UserError):
    """A run directory is missing, incomplete, in use or from a newer version."""

    exit_code = ExitCode.RUN


class DamagedError(RunError):
    """What lies in a directory is none of what was written there, and is to be made anew."""


class EnvironmentFault(UserError):
    """TensorFlow or another needed part is missing or does not load."""

    exit_code = ExitCode.ENVIRONMENT


class StorageError(UserError):
    """The disk is full or a folder cannot be written."""

    exit_code = ExitCode.STORAGE


class DeviceError(UserError):
    """The device is missing or out of memory."""

    exit_code = ExitCode.DEVICE


def gist(error: BaseException) -> str:
    """The first line of `error` that says something, fit for the screen; its kind if none does."""
    lines = (line.strip() for line in str(error).splitlines())
    telling = (line for line in lines if line and not line.startswith(_PREAMBLE))
    return printable(next(telling, type(error).__name__)[:200])
