"""Say how one run is doing: state, progress, best epoch, how it ended. With --follow first see it
to its end."""

from __future__ import annotations

import argparse
import json
import time

from agegender_tui.cli_commands.named_run import add_run_argument, find_run
from agegender_tui.cli_commands.run_record import ago, figure, run_record
from agegender_tui.cli_commands.runs_option import runs_option
from agegender_tui.watch_line import end_of, watch
from trainer.errors import ExitCode, RunError
from trainer.runs.event_log import EventReader
from trainer.runs.registry import Registry, RunSummary
from trainer.runs.state import LOST
from trainer.text import printable

EXAMPLE = "agegender-tui status last --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN, --json or --follow."""
    add_run_argument(parser)
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--json", action="store_true", help="print one JSON record")
    either.add_argument(
        "--follow",
        action="store_true",
        help="follow a run under way to its end, from its first epoch on, as `train` does; the "
        "exit status is then that of its end",
    )


def run(options: argparse.Namespace) -> int:
    """Print it; exit code 4 where the run cannot be read or its worker is gone."""
    run = find_run(options)
    summary = Registry(run.path.parent).summary(run)
    if summary.problem and not options.json:
        raise RunError(summary.problem)
    if options.follow and summary.status.active and summary.state != LOST:
        return watch(run, EventReader(run.events_file), as_json=False)
    print(json.dumps(run_record(summary), indent=2) if options.json else "\n".join(lines(summary)))
    if summary.state in ("broken", LOST):
        return ExitCode.RUN
    return end_of(summary.status).code if options.follow else ExitCode.OK


def lines(summary: RunSummary) -> list[str]:
    """The status in a few aligned lines."""
    status, settings = summary.status, summary.settings
    state = summary.state
    if status.asked:
        state += f" ({status.asked} asked {ago(status.asked_at)} ago)"
    if summary.state == LOST:
        name = f"{summary.id}{runs_option(summary.run.path.parent)}"
        state += f": its worker is gone; `agegender-tui resume {name}` goes on"
    step = f", step {status.step}/{status.steps}" if status.active and status.step else ""
    best = ""
    if status.best:
        best = (
            f"epoch {status.best.get('epoch', 0):.0f}, "
            f"MAE {figure(status.best, 'age_mae', '.2f')} years, "
            f"gender accuracy {figure(status.best, 'gender_accuracy', '.1%')}"
        )
    rows = {
        "run": summary.id,
        "label": summary.label,
        "state": state,
        "model": f"{settings.get('model', '')} (preset {settings.get('preset', '')})",
        "data": str(settings.get("data", "")),
        "progress": f"epoch {status.epoch}/{status.epochs}{step}",
        "best": best,
        "device": f"{status.device} on {status.host}" if status.device else "",
        "started": _clock(status.started),
        "ended": _clock(status.ended),
        "folder": str(summary.run.path),
        "says": status.text,
    }
    return [f"{name:9} {printable(value)}" for name, value in rows.items() if value]


def _clock(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(when)) if when else ""
