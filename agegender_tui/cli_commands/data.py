"""Data sets: look before they are used, keep them under names, report on them, fetch UTKFace."""

from __future__ import annotations

import argparse
import importlib
from types import ModuleType

EXAMPLE = "agegender-tui data preview fairface --json"

# What each does, and the module that does it.
VERBS = {
    "preview": ("say what a folder of faces would give, and what is left out", "data_preview"),
    "add": ("keep a data set under a name, after a preview", "data_add"),
    "list": ("list the data sets that have names", "data_list"),
    "remove": ("forget a name; the faces stay where they are", "data_remove"),
    "report": ("find noise and bias, as HTML and JSON too", "data_report"),
    "fetch": ("get UTKFace from Hugging Face, Kaggle or an archive", "data_fetch"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-command for each of VERBS, each with its own --help and example."""
    verbs = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    for name, (meaning, _) in VERBS.items():
        module = _module(name)
        verb = verbs.add_parser(
            name,
            help=meaning,
            description=module.__doc__,
            epilog=f"example: {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(verb)


def run(options: argparse.Namespace) -> int:
    """Do what the verb says."""
    return int(_module(options.what).run(options))


def _module(verb: str) -> ModuleType:
    return importlib.import_module(f"agegender_tui.cli_commands.{VERBS[verb][1]}")
