"""The argument RUN that most commands take."""

from __future__ import annotations

import argparse

from trainer.runs.layout import RunDir, open_run, runs_root


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """Declare RUN."""
    parser.add_argument("run", metavar="RUN", help="id, beginning or end of it, path, or `last`")


def find_run(options: argparse.Namespace) -> RunDir:
    """The run that RUN names below `--runs`; RunError if none or several fit."""
    return open_run(runs_root(options.runs), options.run)
