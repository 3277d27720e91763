"""Go on with a study that was stopped, failed or lost its worker: trials under way are followed
again, and the next ones begun. With --trials a finished one searches on. Then follow it to its
end, as `tune start` does."""

from __future__ import annotations

import argparse

from agegender_tui import launch_study
from agegender_tui.cli_commands.named_study import add_study_argument, find_study
from agegender_tui.cli_commands.study_following import (
    add_study_following,
    follow_or_leave,
    teller_for,
)

EXAMPLE = "agegender-tui tune resume last --trials 60"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """STUDY, --trials, --detach, --json."""
    add_study_argument(parser)
    parser.add_argument(
        "--trials", metavar="N", type=int, help="how many there are to be, those before counted"
    )
    add_study_following(parser)


def run(options: argparse.Namespace) -> int:
    """Resume; the exit code is that of the study's end, 0 with --detach."""
    study = find_study(options)
    teller = teller_for(study, options, anew=False)  # what was told before is not told again
    launch_study.resume(study, options.trials)
    return follow_or_leave(study, teller, options)
