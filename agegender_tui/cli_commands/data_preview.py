"""Say what a data set would give before it is used: its layout, how many faces, the first of them,
and what is left out and why. No picture is opened and nothing is written."""

from __future__ import annotations

import argparse
import json

from trainer.data.importers import LAYOUTS
from trainer.data.preview import Preview, preview, with_layout
from trainer.data.registered import resolve
from trainer.data.source import DataSource, mapping_of
from trainer.errors import ExitCode
from trainer.text import printable

EXAMPLE = "agegender-tui data preview mine --map 'file=photo age=years gender=sex male=1 female=2'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DATA, --layout, --map, --json."""
    parser.add_argument("data", metavar="DATA", help="folder, layout:folder or registered name")
    add_layout_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print it for programs")


def add_layout_arguments(parser: argparse.ArgumentParser) -> None:
    """How a folder is to be read."""
    parser.add_argument(
        "--layout",
        choices=list(LAYOUTS),
        metavar="NAME",
        help="how the folder is laid out, found out if not given: "
        + "; ".join(f"{name}, {title}" for name, (_, title) in LAYOUTS.items()),
    )
    parser.add_argument(
        "--map",
        metavar="COLUMNS",
        help="which column of a CSV is what, e.g. 'file=photo age=years gender=sex male=1 "
        "female=2'; also race, table, folder and ending",
    )


def chosen_source(data: str, layout: str | None, columns: str | None) -> DataSource:
    """The data set the arguments mean, its layout found out where nobody says it.

    Raises DataError.
    """
    source = resolve(data)
    if columns:
        source = DataSource(source.folder, "csv", mapping_of(columns))
    named = source.layout != "utkface" or source.mapping
    return with_layout(source, layout or (source.layout if named else ""))


def run(options: argparse.Namespace) -> int:
    """Print the preview; 0 also where no face can be trained on."""
    seen = preview(chosen_source(options.data, options.layout, options.map))
    print(json.dumps(seen.as_dict(), indent=2) if options.json else text(seen))
    return ExitCode.OK


def text(seen: Preview) -> str:
    """The preview on a terminal."""
    return "\n".join([printable(str(seen.source)), *(f"  {line}" for line in seen.lines())])
