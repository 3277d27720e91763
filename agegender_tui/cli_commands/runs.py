"""List the runs of a folder, newest first."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from agegender_tui.cli_commands.run_record import ago, figure, run_record
from trainer.errors import ExitCode
from trainer.runs.layout import runs_root
from trainer.runs.registry import Registry, RunSummary
from trainer.text import printable

EXAMPLE = "agegender-tui runs --filter 'model=A mae<6.5 state=finished' --json"
HELP = "only runs that fit, e.g. 'mae<6.5'; any setting of `train` is a field too: 'l2>0 seed=3'"
HEADINGS = ("run", "state", "model", "data", "epoch", "best MAE", "accuracy", "age", "label")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--filter, --json."""
    parser.add_argument("--filter", metavar="TEXT", help=HELP)
    parser.add_argument("--json", action="store_true", help="print one JSON array of records")


def run(options: argparse.Namespace) -> int:
    """Print the table or the records."""
    root = runs_root(options.runs)
    summaries = Registry(root).list()
    if options.filter:
        from agegender_tui import run_filter

        fits = run_filter.parse(options.filter)
        summaries = [summary for summary in summaries if fits(summary)]
    if options.json:
        print(json.dumps([run_record(summary) for summary in summaries], indent=2))
    elif summaries:
        print(table([HEADINGS, *map(cells, summaries)]))
    else:
        which = "that fits" if options.filter else "yet; `agegender-tui train --demo` starts one"
        print(f"no run in {printable(str(root))} {which}")
    return ExitCode.OK


def cells(summary: RunSummary) -> tuple[str, ...]:
    """One row of the table."""
    status, settings = summary.status, summary.settings
    return (
        summary.id,
        summary.state,
        printable(str(settings.get("model", ""))),
        printable(Path(str(settings.get("data", ""))).name),
        f"{status.epoch}/{status.epochs}" if settings else "",
        figure(status.best, "age_mae", ".2f"),
        figure(status.best, "gender_accuracy", ".1%"),
        ago(status.created),
        printable(summary.label or summary.problem),
    )


def table(rows: list[tuple[str, ...]]) -> str:
    """Columns padded to their widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines)
