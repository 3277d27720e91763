"""Find noise and bias in a data set, and write it as HTML and JSON. The images are never changed.
Takes some seconds for 5,000 faces, most of them for decoding, once."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from agegender_tui.cli_commands.output_file import check_output
from agegender_tui.cli_commands.progress_line import ProgressLine
from trainer.errors import ExitCode
from trainer.text import printable
from trainer.user_path import user_path

if TYPE_CHECKING:
    from trainer.data.finding import Finding
    from trainer.data.index import Index
    from trainer.data.model_doubt import ModelSaid

EXAMPLE = "agegender-tui data report UTKFace --html report.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DATA, --html, --json, --run."""
    parser.add_argument("data", metavar="DATA", help="folder, layout:folder or registered name")
    parser.add_argument("--html", metavar="FILE", type=user_path, help="write the report as a page")
    parser.add_argument(
        "--json", metavar="FILE", type=user_path, help="write the report for programs"
    )
    parser.add_argument(
        "--runs", metavar="DIR", default=argparse.SUPPRESS, help="folder of the runs"
    )
    parser.add_argument("--run", metavar="RUN", help="let this run's model judge the labels too")


def run(options: argparse.Namespace) -> int:
    """Inspect, print one line a finding, write the files that were asked for."""
    from trainer.data.index import browsable_index
    from trainer.data.registered import resolve

    for path in filter(None, (options.html, options.json)):
        check_output(path)
    index = browsable_index(resolve(options.data))

    from trainer.data import report
    from trainer.data.quality import inspect
    from trainer.data.report_store import report_file
    from trainer.runs.atomic import ANOTHER_CACHE

    model = _model(options, index) if options.run else None
    workers = min(8, os.cpu_count() or 1)
    quality = inspect(index, _told(ProgressLine()), workers=workers, model=model)
    print(
        f"{printable(str(index.folder))}: {len(index.files):,} labelled faces"
        + (f"; {index.curated}" if index.curated else "")
    )
    if index.partial:
        print(f"  left out of runs: {index.lacking}")
    for finding in quality.findings:
        print(f"  {finding.severity:8}{len(finding.faces):7,}  {finding.title}")
        print(f"  {'':17}{_second_line(finding)}")
    if not quality.findings:
        print("  nothing was found")
    kept = report_file(index)
    kept.parent.mkdir(parents=True, exist_ok=True)
    report.write_json(kept, quality, ANOTHER_CACHE)
    if options.html:
        report.write_html(options.html, quality)
        print(f"wrote {printable(str(options.html))}")
    if options.json:
        report.write_json(options.json, quality)
        print(f"wrote {printable(str(options.json))}")
    return ExitCode.OK


def _second_line(finding: Finding) -> str:
    """The first of its faces; of a finding that there are none, what it means."""
    if not finding.faces:
        return printable(finding.advice)
    name, why = finding.faces[0]
    return printable(name) + (f": {printable(why)}" if why else "")


def _model(options: argparse.Namespace, index: Index) -> ModelSaid:
    from trainer.data.model_doubt import ModelSaid
    from trainer.data.trained_on import check_trained_on
    from trainer.runs.layout import open_run, runs_root
    from trainer.runs.predictions import read_predictions

    run = open_run(runs_root(options.runs), options.run)
    check_trained_on(run, index)
    return ModelSaid(run.id, read_predictions(run.predictions_file))


def _told(line: ProgressLine) -> Callable[[str, int, int], None]:
    def tell(what: str, done: int, of: int) -> None:
        line(f"{what} {done:,} of {of:,}" if of else what, last=done == of)

    return tell
