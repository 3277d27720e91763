"""List the saved models of all runs, and of files and folders elsewhere: parameters, data set and
validation scores. With --summary the layers of one of them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from agegender_tui.cli_commands.runs import table
from trainer.errors import ExitCode
from trainer.runs.layout import runs_root
from trainer.text import printable

EXAMPLE = "agegender-tui models ~/downloads --json"
HEADINGS = ("model", "network", "parameters", "data", "faces", "age MAE", "accuracy", "label")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """PLACE…, --summary, --json."""
    parser.add_argument("place", nargs="*", type=Path, help="a .keras file, or a folder of them")
    parser.add_argument("--summary", metavar="RUN|FILE", help="the layers of one model")
    parser.add_argument("--json", action="store_true", help="print one JSON array of records")


def run(options: argparse.Namespace) -> int:
    """Print the table, the records, or one model's layers."""
    from trainer.prediction.catalog import describe, find_model, list_models

    root = runs_root(options.runs)
    if options.summary:
        found = [describe(find_model(options.summary, root))]
    else:
        found = list(list_models(root, options.place))
    if options.json:
        print(json.dumps([record(model) for model in found], indent=2))
    elif options.summary:
        print("\n".join(summary(found[0])))
    elif found:
        print(table([HEADINGS, *map(cells, found)]))
    else:
        print(f"no saved model in {printable(str(root))} yet; a run saves one at its end")
    return ExitCode.RUN if options.summary and found[0].problem else ExitCode.OK


def cells(model: Any) -> tuple[str, ...]:
    """One row of the table."""
    scores = model.scores
    return (
        printable(model.name),
        model.network,
        f"{model.parameters:,}" if model.parameters else "",
        printable(Path(model.data).name),
        f"{scores['faces']:.0f}" if "faces" in scores else "",
        f"{scores['age_mae']:.2f}" if "age_mae" in scores else "",
        f"{scores['gender_accuracy']:.1%}" if "gender_accuracy" in scores else "",
        printable(model.problem or model.label or ("" if model.run else str(model.file))),
    )


def summary(model: Any) -> list[str]:
    """What is known of one model, and its layers."""
    rows = {
        "model": model.name,
        "file": str(model.file),
        "network": model.network,
        "parameters": f"{model.parameters:,}",
        "data": model.data,
        "saved": " with Keras ".join(filter(None, (model.saved, model.keras))),
        "scores": ", ".join(f"{name} {value:.4g}" for name, value in model.scores.items()),
        "problem": model.problem,
    }
    known = [f"{name:11} {printable(value)}" for name, value in rows.items() if value]
    layers = [(str(n), *map(printable, layer)) for n, layer in enumerate(model.layers, start=1)]
    return [*known, "", *table(layers).split("\n")] if layers else known


def record(model: Any) -> dict[str, Any]:
    """For programs; its keys are kept."""
    return {
        "model": model.name,
        "file": str(model.file),
        "run": model.run.id if model.run else None,
        "network": model.network,
        "parameters": model.parameters,
        "data": model.data,
        "label": model.label,
        "scores": model.scores,
        "keras": model.keras,
        "saved": model.saved,
        "layers": [dict(zip(("name", "class", "note"), row, strict=True)) for row in model.layers],
        "problem": model.problem,
    }
