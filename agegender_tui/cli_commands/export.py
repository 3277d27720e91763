"""Write the learning curves (PNG) and the table of epochs (CSV) of a run, living or ended, from its
events. Without --csv and --png both are written to the current folder, named after the run."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from agegender_tui.cli_commands.named_run import add_run_argument, find_run
from agegender_tui.cli_commands.output_file import check_output
from trainer.errors import ExitCode, RunError
from trainer.runs.events import history, read_events
from trainer.text import printable

EXAMPLE = "agegender-tui export last --csv epochs.csv --png curves.png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN, --csv, --png."""
    add_run_argument(parser)
    parser.add_argument("--csv", metavar="PATH", type=Path, help="where the table goes")
    parser.add_argument("--png", metavar="PATH", type=Path, help="where the curves go")


def run(options: argparse.Namespace) -> int:
    """Write the files and name each."""
    run = find_run(options)
    epochs = [dataclasses.asdict(event) for event in history(read_events(run.events_file))]
    if not epochs:
        raise RunError(f"{run.id} has no finished epoch yet: there is nothing to export")
    table, picture = options.csv, options.png
    if table is None and picture is None:
        table, picture = Path(f"{run.id}-history.csv"), Path(f"{run.id}-curves.png")
    for path in filter(None, (table, picture)):
        check_output(path)
    if table is not None:
        from trainer.training.outputs import write_history

        write_history(table, epochs)
        print(f"wrote {printable(str(table))} ({len(epochs)} epochs)")
    if picture is not None:
        from trainer.export.curves import draw_curves

        draw_curves(picture, epochs, title=run.id)
        print(f"wrote {printable(str(picture))}")
    return ExitCode.OK
