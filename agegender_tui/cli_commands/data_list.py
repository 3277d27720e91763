"""List the data sets that have names, with layout and folder."""

from __future__ import annotations

import argparse
import json

from trainer.data.registered import read_registered
from trainer.errors import ExitCode
from trainer.text import printable

EXAMPLE = "agegender-tui data list --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="print them for programs")


def run(options: argparse.Namespace) -> int:
    """One line a data set."""
    known = read_registered()
    if options.json:
        found = [
            {
                "name": name,
                "folder": str(source.folder),
                "layout": source.layout,
                "mapping": dict(source.mapping),
                "data": str(source),
                "there": source.folder.is_dir(),
            }
            for name, source in known.items()
        ]
        print(json.dumps(found, indent=2))
        return ExitCode.OK
    if not known:
        print("no data set has a name; give one with `agegender-tui data add NAME FOLDER`")
    width = max(map(len, known), default=0)
    for name, source in known.items():
        gone = "" if source.folder.is_dir() else "  (the folder is gone)"
        print(f"{name:{width}}  {source.layout:9}  {printable(str(source.folder))}{gone}")
    return ExitCode.OK
