"""The argument STUDY that the commands of `tune` take."""

from __future__ import annotations

import argparse

from trainer.runs.layout import runs_root
from trainer.tuning.study import StudyDir, open_study


def add_study_argument(parser: argparse.ArgumentParser, default: str = "") -> None:
    """Declare STUDY, which may be left out where there is a default."""
    says = "id, beginning or end of it, or `last`"
    if default:
        help_text = f"{says} (default: {default})"
        parser.add_argument("study", metavar="STUDY", nargs="?", default=default, help=help_text)
    else:
        parser.add_argument("study", metavar="STUDY", help=says)


def find_study(options: argparse.Namespace) -> StudyDir:
    """The study that STUDY names below `--runs`; RunError if none or several fit."""
    return open_study(runs_root(options.runs), options.study)
