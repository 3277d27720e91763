"""Delete the checkpoints of finished runs: most of what they take on the disk, and no run goes on
from them. Models, curves and predictions stay; Grad-CAM by epochs is lost."""

from __future__ import annotations

import argparse

from trainer.errors import ExitCode, RunError, UserError
from trainer.runs.freeing import free
from trainer.runs.layout import RunDir, open_run, run_ids, runs_root
from trainer.runs.state import read_state
from trainer.text import megabytes

EXAMPLE = "agegender-tui free --finished"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN... or --finished."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "run",
        metavar="RUN",
        nargs="*",
        default=[],
        help="id, beginning or end of it, path, or `last`",
    )
    which.add_argument("--finished", action="store_true", help="all finished runs of the folder")


def run(options: argparse.Namespace) -> int:
    """Free each, whatever comes of the others; the first that refused is told at the end."""
    root = runs_root(options.runs)
    if options.finished:
        runs = [one for one in (RunDir(root / name) for name in run_ids(root)) if _finished(one)]
    else:
        runs = list(dict.fromkeys(open_run(root, name) for name in options.run))
    refused: list[UserError] = []
    total = 0
    for one in runs:
        try:
            size = free(one)
        except UserError as error:
            refused.append(error)
            continue
        total += size
        if size:
            print(f"{one.id}  {megabytes(size)}")
    if total:
        print(f"freed {megabytes(total)}")
    if len(refused) > 1:
        raise type(refused[0])(f"{len(refused):,} refused, first {refused[0]}")
    if refused:
        raise refused[0]
    if not total:
        print("nothing to free: no checkpoints of a finished run")
    return ExitCode.OK


def _finished(run: RunDir) -> bool:
    try:
        return read_state(run).state == "finished"
    except RunError:  # half written, or of a newer version: nobody says that it has finished
        return False
