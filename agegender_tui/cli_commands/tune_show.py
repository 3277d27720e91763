"""Say what a study found: how far it is, its trials from the best on, which settings made the
difference, and the commands that go on with the best."""

from __future__ import annotations

import argparse
import json

from agegender_tui.cli_commands.named_study import add_study_argument, find_study
from agegender_tui.cli_commands.study_record import ranked_json
from agegender_tui.cli_commands.study_text import SHOWN, study_text, terminal_width
from trainer.errors import ExitCode
from trainer.runs.state import LOST
from trainer.tuning.record import read_record

EXAMPLE = "agegender-tui tune show last --all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """STUDY, --json, --all."""
    add_study_argument(parser, default="last")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON record, with all trials"
    )
    parser.add_argument(
        "--all", action="store_true", help=f"list all trials instead of the first {SHOWN}"
    )


def run(options: argparse.Namespace) -> int:
    """Print it; exit code 4 where the study cannot be read or its worker is gone."""
    record = read_record(find_study(options))
    if options.json:
        print(json.dumps(ranked_json(record), indent=2))
    else:
        most = len(record.log.trials) if options.all else SHOWN
        print(study_text(record, most, terminal_width()))
    return ExitCode.RUN if record.problem or record.state == LOST else ExitCode.OK
