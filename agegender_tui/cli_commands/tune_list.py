"""List the studies of a folder of runs, newest first."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from agegender_tui.cli_commands.runs import table
from agegender_tui.cli_commands.study_record import as_json
from agegender_tui.cli_commands.trial_words import number_text
from trainer.errors import ExitCode
from trainer.runs.layout import runs_root
from trainer.text import printable
from trainer.tuning.record import StudyRecord, read_record
from trainer.tuning.study import studies, study_root

EXAMPLE = "agegender-tui tune list --json"
HEADINGS = ("study", "state", "trials", "years", "%", "preset", "data", "label")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="print one JSON array of records")


def run(options: argparse.Namespace) -> int:
    """Print the table or the records; what cannot be read is a row that says why."""
    root = runs_root(options.runs)
    records = [read_record(study) for study in studies(root)]
    if options.json:
        print(json.dumps([as_json(one) for one in records], indent=2))
    elif records:
        print(table([HEADINGS, *map(cells, records)]))
    else:
        where = printable(str(study_root(root)))
        print(f"no study in {where} yet; `agegender-tui tune start --demo` starts one")
    return ExitCode.OK


def cells(record: StudyRecord) -> tuple[str, ...]:
    """One row of the table."""
    name, config, best = printable(record.study.id), record.config, record.best
    if config is None or record.problem:
        return name, record.state, "", "", "", "", "", record.problem
    return (
        name,
        record.state,
        f"{record.ended}/{config.trials}",
        number_text(best.age_mae, ".2f") if best else "",
        number_text(100 * best.gender_accuracy, ".1f") if best else "",
        printable(config.base.preset),
        printable(Path(config.base.data).name),
        printable(config.label),
    )
