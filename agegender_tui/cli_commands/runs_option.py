"""What a command that is printed needs to find what is not where one looks first."""

from __future__ import annotations

import shlex
from pathlib import Path

from trainer.runs.layout import runs_root


def runs_option(root: Path) -> str:
    """` --runs ROOT`, or nothing where that is the folder of runs anyway."""
    return "" if root == runs_root() else f" --runs {shlex.quote(str(root))}"
