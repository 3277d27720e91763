"""Keep a data set under a name, which --data and the form then take. It is previewed first, and
accepted on a question or with --yes. The name is kept in datasets.toml in the user's configuration
folder; the faces are not touched."""

from __future__ import annotations

import argparse
import sys

from agegender_tui.cli_commands.data_preview import add_layout_arguments, chosen_source, text
from trainer.data.preview import preview
from trainer.data.registered import check_name, register
from trainer.errors import ConfigError, DataError, ExitCode
from trainer.text import printable

EXAMPLE = "agegender-tui data add fairface /data/fairface --yes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """NAME, FOLDER, --layout, --map, --yes."""
    parser.add_argument("name", metavar="NAME", help="what to call it")
    parser.add_argument("data", metavar="FOLDER", help="the folder of the faces")
    add_layout_arguments(parser)
    parser.add_argument("--yes", action="store_true", help="accept it without a question")


def run(options: argparse.Namespace) -> int:
    """Preview, ask, keep."""
    check_name(options.name)
    seen = preview(chosen_source(options.data, options.layout, options.map))
    print(text(seen))
    if not seen.faces and not seen.partial:
        shown = printable(str(seen.source.folder))
        raise DataError(f"{shown}: holds no labelled face; choose another folder or --layout")
    if not options.yes:
        if not sys.stdin.isatty():
            raise ConfigError("nobody can be asked here: add --yes to accept it as shown")
        print(f"keep it as {options.name}? [y/N] ", end="", flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            print("not kept")
            return ExitCode.OK
    register(options.name, seen.source)
    print(f"kept as {options.name}")
    return ExitCode.OK
