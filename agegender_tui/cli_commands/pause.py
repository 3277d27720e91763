"""Pause a run after its next step. Its worker keeps its memory and its place on the device;
`resume` lets it go on."""

from __future__ import annotations

import argparse

from agegender_tui import launch
from agegender_tui.cli_commands.named_run import add_run_argument, find_run
from trainer.errors import ExitCode

EXAMPLE = "agegender-tui pause last"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN."""
    add_run_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Ask and return; the run pauses at its next step boundary."""
    run = find_run(options)
    launch.ask(run, "pause")
    print(f"asked {run.id} to pause")
    return ExitCode.OK
