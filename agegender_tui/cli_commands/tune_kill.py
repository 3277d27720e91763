"""End a study and its trials under way at once. `tune resume` takes these up again from their last
checkpoints. To let them finish, use `tune stop`."""

from __future__ import annotations

import argparse

from agegender_tui import launch_study
from agegender_tui.cli_commands.named_study import add_study_argument, find_study
from trainer.errors import ExitCode

EXAMPLE = "agegender-tui tune kill k3f9"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """STUDY."""
    add_study_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Kill; the worker is gone on return, or asked to go where it is on another host."""
    print(launch_study.kill(find_study(options)))
    return ExitCode.OK
