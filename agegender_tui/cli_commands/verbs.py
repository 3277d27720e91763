"""Commands that have commands of their own, as `data` and `tune`: each is a module like a verb."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping
from types import ModuleType

Verbs = Mapping[str, tuple[str, str]]  # to what each does, and the module that does it


def add_verbs(parser: argparse.ArgumentParser, verbs: Verbs) -> list[argparse.ArgumentParser]:
    """Declare one sub-command for each, with its own --help and example; their parsers. The one
    that is named is kept as `what`."""
    found = []
    choice = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    for name, (meaning, _) in verbs.items():
        module = module_of(verbs, name)
        verb = choice.add_parser(
            name,
            help=meaning,
            description=module.__doc__,
            epilog=f"example: {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(verb)
        found.append(verb)
    return found


def module_of(verbs: Verbs, name: str) -> ModuleType:
    """The module of one of them."""
    return importlib.import_module(f"agegender_tui.cli_commands.{verbs[name][1]}")
