"""Look into a folder of faces: `report` finds noise and bias, and writes it as HTML and JSON. The
images are never changed. Takes some seconds for 5,000 faces, most of them for decoding, once."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from agegender_tui.cli_commands.output_file import check_output
from trainer.errors import ExitCode
from trainer.text import printable

if TYPE_CHECKING:
    from trainer.data.model_doubt import ModelSaid

EXAMPLE = "agegender-tui data report UTKFace --html report.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """report DIR, --html, --json, --run."""
    parser.add_argument("what", choices=("report",), help="report: find noise and bias")
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of the faces")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write the report as a page")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the report for programs")
    parser.add_argument("--run", metavar="RUN", help="let this run's model judge the labels too")


def run(options: argparse.Namespace) -> int:
    """Inspect, print one line a finding, write the files that were asked for."""
    from trainer.data.index import build_index

    for path in filter(None, (options.html, options.json)):
        check_output(path)
    index = build_index(options.folder)

    from trainer.data import report
    from trainer.data.quality import inspect
    from trainer.data.report_store import report_file

    model = _model(options) if options.run else None
    quality = inspect(index, _Progress(), workers=min(8, os.cpu_count() or 1), model=model)
    print(
        f"{printable(str(index.folder))}: {len(index.files):,} labelled faces"
        + (f"; {index.curated}" if index.curated else "")
    )
    for finding in quality.findings:
        print(f"  {finding.severity:8}{len(finding.faces):7,}  {finding.title}")
        name, why = finding.faces[0]
        print(f"  {'':17}{printable(name)}" + (f": {printable(why)}" if why else ""))
    if not quality.findings:
        print("  nothing was found")
    kept = report_file(index)
    kept.parent.mkdir(parents=True, exist_ok=True)
    report.write_json(kept, quality)
    if options.html:
        report.write_html(options.html, quality)
        print(f"wrote {printable(str(options.html))}")
    if options.json:
        report.write_json(options.json, quality)
        print(f"wrote {printable(str(options.json))}")
    return ExitCode.OK


def _model(options: argparse.Namespace) -> ModelSaid:
    from trainer.data.model_doubt import ModelSaid
    from trainer.runs.layout import open_run, runs_root
    from trainer.runs.predictions import read_predictions

    run = open_run(runs_root(options.runs), options.run)
    return ModelSaid(run.id, read_predictions(run.predictions_file))


class _Progress:
    """A line on the error stream: rewritten on a terminal, one a second elsewhere."""

    def __init__(self) -> None:
        self._last = 0.0
        self._terminal = sys.stderr.isatty()

    def __call__(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._last < (0.1 if self._terminal else 1.0) and done != of:
            return
        self._last = now
        text = f"{what} {done:,} of {of:,}" if of else what
        print(f"\r\x1b[K{text}" if self._terminal else text, end="", file=sys.stderr)
        print("\r\x1b[K" if self._terminal and done == of else "\n" * (not self._terminal),
              end="", file=sys.stderr, flush=True)  # fmt: skip
