"""What `train` and `resume` share: follow the run, or let it go on alone."""

from __future__ import annotations

import argparse
import json

from trainer.errors import ExitCode
from trainer.runs.event_log import EventReader
from trainer.runs.layout import RunDir


def add_following_arguments(
    parser: argparse.ArgumentParser,
    detach: str = "return at once; print the run's id and nothing else",
    as_json: str = "print JSON lines: the run's id and path, then events but batches and gauges",
) -> None:
    """Declare --detach and --json, with what is said of each in the help."""
    parser.add_argument("--detach", action="store_true", help=detach)
    parser.add_argument("--json", action="store_true", help=as_json)


def follow_or_leave(run: RunDir, reader: EventReader, options: argparse.Namespace) -> int:
    """Follow to the end unless --detach was given; the exit code of the run's end."""
    if options.detach:
        body = {"type": "started", "run": run.id, "path": str(run.path)}
        print(json.dumps(body) if options.json else run.id)
        return ExitCode.OK
    from agegender_tui.watch_line import watch

    return watch(run, reader, as_json=options.json)
