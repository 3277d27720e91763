"""Forget the name of a data set. The faces stay where they are, and runs made with it go on."""

from __future__ import annotations

import argparse

from trainer.data.registered import unregister
from trainer.errors import ExitCode
from trainer.text import printable

EXAMPLE = "agegender-tui data remove fairface"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """NAME."""
    parser.add_argument("name", metavar="NAME", help="a name that `data list` shows")


def run(options: argparse.Namespace) -> int:
    """Take the name out of the list."""
    source = unregister(options.name)
    print(f"forgot {options.name}; its faces stay in {printable(str(source.folder))}")
    return ExitCode.OK
