"""End the worker of a run at once, without a last checkpoint. What was saved before stays, and
`resume` goes on from it. To save the model, use `stop`."""

from __future__ import annotations

import argparse

from agegender_tui import launch
from agegender_tui.cli_commands.named_run import add_run_argument, find_run
from trainer.errors import ExitCode

EXAMPLE = "agegender-tui kill k3f9"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN."""
    add_run_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Kill; the worker is gone on return, or asked to go where it is on another host."""
    print(launch.kill(find_run(options)))
    return ExitCode.OK
