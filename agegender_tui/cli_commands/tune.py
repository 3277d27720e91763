"""Search for good settings: a study starts one run after the other, each with settings that those
before it made likely to be good, and keeps what it found. docs/tuning.md says how."""

from __future__ import annotations

import argparse

from agegender_tui.cli_commands.verbs import add_verbs, module_of

EXAMPLE = "agegender-tui tune start --demo --epochs 5 --trials 8"

# What each does, and the module that does it.
VERBS = {
    "start": ("start a study and follow it to its end", "tune_start"),
    "list": ("list the studies", "tune_list"),
    "show": ("say what a study found, and how to go on with it", "tune_show"),
    "stop": ("begin no more trials, and end after those under way", "tune_stop"),
    "kill": ("end a study and the trials under way at once", "tune_kill"),
    "resume": ("go on with a stopped, failed or lost study, or search on", "tune_resume"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-command for each of VERBS, each of which takes --runs too."""
    for verb in add_verbs(parser, VERBS):
        verb.add_argument(
            "--runs",
            metavar="DIR",
            default=argparse.SUPPRESS,  # or what was given before the verb would be lost
            help="folder of the runs and studies (default: $AGEGENDER_RUNS, else ./runs)",
        )


def run(options: argparse.Namespace) -> int:
    """Do what the verb says."""
    return int(module_of(VERBS, options.what).run(options))
