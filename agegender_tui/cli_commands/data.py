"""Data sets: look before they are used, keep them under names, report on them, fetch UTKFace."""

from __future__ import annotations

import argparse

from agegender_tui.cli_commands.verbs import add_verbs, module_of

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
    """One sub-command for each of VERBS."""
    add_verbs(parser, VERBS)


def run(options: argparse.Namespace) -> int:
    """Do what the verb says."""
    return int(module_of(VERBS, options.what).run(options))
