"""Check versions, devices, terminal, disk and folders, and say how to get what is missing. Exit
code 5 where something needed is missing."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from itertools import chain

from trainer.doctor import MISSING, NOTE, OK, Finding, examine
from trainer.errors import ExitCode
from trainer.runs.layout import runs_root
from trainer.text import printable

EXAMPLE = "agegender-tui doctor --json"
MARKS = {OK: "ok     ", MISSING: "MISSING"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print findings as they come in, or all of them as JSON."""
    from agegender_tui.user_settings import read_settings, settings_file

    found = []
    settings, warning = read_settings(settings_file())
    own = [Finding("settings", NOTE, printable(warning), "mend the file")] if warning else []
    for finding in chain(own, examine(runs_root(options.runs), os.environ, settings.pictures)):
        found.append(finding)
        if not options.json:
            print(line(finding), flush=True)
    missing = [finding.name for finding in found if finding.level == MISSING]
    if options.json:
        findings = [dataclasses.asdict(finding) for finding in found]
        print(json.dumps({"ok": not missing, "missing": missing, "findings": findings}, indent=2))
    else:
        print(f"missing: {', '.join(missing)}" if missing else "nothing needed is missing")
    return ExitCode.ENVIRONMENT if missing else ExitCode.OK


def line(finding: Finding) -> str:
    """One finding, its remedy on a line below."""
    text = f"{MARKS.get(finding.level, 'note   ')}  {finding.name:22}  {finding.text}"
    return f"{text}\n         {'':22}  → {finding.remedy}" if finding.remedy else text
