"""Let a study begin no more trials; those under way go on to their end, and then it ends too.
`tune resume` goes on with the next trial. To end it now, use `tune kill`."""

from __future__ import annotations

import argparse

from agegender_tui import launch_study
from agegender_tui.cli_commands.named_study import add_study_argument, find_study
from trainer.errors import ExitCode

EXAMPLE = "agegender-tui tune stop last"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """STUDY."""
    add_study_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Ask, and return at once."""
    print(launch_study.stop(find_study(options)))
    return ExitCode.OK
