"""Say what a study found: how far it is, its trials from the best on, which settings made the
difference, and the commands that go on with the best. With --follow first see it to its end."""

from __future__ import annotations

import argparse
import json
import sys

from agegender_tui.cli_commands.named_study import add_study_argument, find_study
from agegender_tui.cli_commands.study_following import TrialLines, see_to_its_end
from agegender_tui.cli_commands.study_record import exit_code, ranked_json
from agegender_tui.cli_commands.study_text import SHOWN, study_text, terminal_width
from trainer.errors import ExitCode
from trainer.runs.state import LOST
from trainer.tuning.record import read_record

EXAMPLE = "agegender-tui tune show last --all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """STUDY, --json or --follow, --all."""
    add_study_argument(parser, default="last")
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--json", action="store_true", help="print one JSON record, with all trials"
    )
    either.add_argument(
        "--follow",
        action="store_true",
        help="follow a study under way to its end first, as `tune start` does; the exit status is "
        "then that of its end",
    )
    parser.add_argument(
        "--all", action="store_true", help=f"list all trials instead of the first {SHOWN}"
    )


def run(options: argparse.Namespace) -> int:
    """Print it; exit code 4 where the study cannot be read or its worker is gone."""
    study = find_study(options)
    record = read_record(study)
    most = None if options.all else SHOWN
    if options.follow and record.status.active and record.state != LOST:
        return see_to_its_end(study, TrialLines(study, sys.stdout), most=most)
    if options.json:
        print(json.dumps(ranked_json(record), indent=2))
    else:
        print(study_text(record, most, terminal_width()))
    if record.problem or record.state == LOST:
        return ExitCode.RUN
    return exit_code(record.state, record.status.code) if options.follow else ExitCode.OK
