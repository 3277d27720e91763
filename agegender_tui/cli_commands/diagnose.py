"""Say in words, with figures, what the curves of runs show: converged or not, overfitting from
which epoch, instability, tasks that pull against each other, a learning rate too high or too low.
docs/diagnosis.md tells the rules."""

from __future__ import annotations

import argparse
import dataclasses
import json
import textwrap
from typing import Any

from trainer.errors import ExitCode
from trainer.evaluation.diagnosis import Finding, diagnose
from trainer.runs.event_log import read_events
from trainer.runs.events import finite, history
from trainer.runs.layout import RunDir, open_run, runs_root
from trainer.text import printable

EXAMPLE = "agegender-tui diagnose last --json"
WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN..., --json."""
    parser.add_argument(
        "run", metavar="RUN", nargs="+", help="id, beginning or end of it, path, or `last`"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON array of records")


def run(options: argparse.Namespace) -> int:
    """Print the findings of each run."""
    root = runs_root(options.runs)
    runs = list(dict.fromkeys(open_run(root, name) for name in options.run))
    found = [(one, diagnose(history(read_events(one.events_file)), one.config())) for one in runs]
    if options.json:
        print(json.dumps([record(one, findings) for one, findings in found], indent=2))
    else:
        print("\n\n".join(text(one, findings) for one, findings in found))
    return ExitCode.OK


def record(run: RunDir, findings: list[Finding]) -> dict[str, Any]:
    """One run for a script; its keys are kept."""
    listed = [{**dataclasses.asdict(one), "fault": one.fault} for one in findings]
    return {"run": run.id, "path": str(run.path), "findings": finite(listed)}


def text(run: RunDir, findings: list[Finding]) -> str:
    """The run's name, and a paragraph a finding; faults begin with an exclamation mark."""
    label = printable(run.label())
    lines = [f"{run.id}  {label}".rstrip()]
    for one in findings:
        mark = "! " if one.fault else "  "
        lines += textwrap.wrap(
            one.words, WIDTH, initial_indent=mark, subsequent_indent="  ", break_long_words=False
        )
    return "\n".join(lines)
