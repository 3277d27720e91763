"""Go on with a run: wake it where it is paused, else start a worker from its last checkpoint. Then
follow it to its end, as `train` does."""

from __future__ import annotations

import argparse

from agegender_tui import launch
from agegender_tui.cli_commands.following import add_following_arguments, follow_or_leave
from agegender_tui.cli_commands.named_run import add_run_argument, find_run
from trainer.runs.event_log import EventReader

EXAMPLE = "agegender-tui resume last --detach"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN, --detach, --json."""
    add_run_argument(parser)
    add_following_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Resume; the exit code is that of the run's end, 0 with --detach."""
    run = find_run(options)
    reader = EventReader(run.events_file)
    while reader.read():
        pass  # what happened before the resume is not told again
    launch.resume(run)
    return follow_or_leave(run, reader, options)
