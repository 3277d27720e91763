"""Write the learning curves (PNG) and the table of epochs (CSV) of a run, living or ended, from its
events; or its model as ONNX or TFLite, checked to give the same outputs. Without an option curves
and table are written to the current folder, named after the run. For a model RUN may be a .keras
file."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
from pathlib import Path

from agegender_tui.cli_commands.named_run import add_run_argument, find_run
from agegender_tui.cli_commands.output_file import check_output
from trainer.errors import ExitCode, RunError
from trainer.runs.events import history, read_events
from trainer.runs.layout import runs_root
from trainer.text import printable

EXAMPLE = "agegender-tui export last --csv epochs.csv --png curves.png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN, --csv, --png, --onnx, --tflite."""
    add_run_argument(parser)
    parser.add_argument("--csv", metavar="PATH", type=Path, help="where the table goes")
    parser.add_argument("--png", metavar="PATH", type=Path, help="where the curves go")
    parser.add_argument("--onnx", metavar="PATH", type=Path, help="where the model goes, as ONNX")
    parser.add_argument("--tflite", metavar="PATH", type=Path, help="the same, as TFLite")


def run(options: argparse.Namespace) -> int:
    """Write the files and name each."""
    for path in filter(None, (options.csv, options.png, options.onnx, options.tflite)):
        check_output(path)
    if options.onnx or options.tflite:
        asyncio.run(_export_model(options))
        if not (options.csv or options.png):
            return ExitCode.OK
    run = find_run(options)
    epochs = [dataclasses.asdict(event) for event in history(read_events(run.events_file))]
    if not epochs:
        raise RunError(f"{run.id} has no finished epoch yet: there is nothing to export")
    table, picture = options.csv, options.png
    if table is None and picture is None:
        table, picture = Path(f"{run.id}-history.csv"), Path(f"{run.id}-curves.png")
        for path in (table, picture):
            check_output(path)
    if table is not None:
        from trainer.training.outputs import write_history

        write_history(table, epochs)
        print(f"wrote {printable(str(table))} ({len(epochs)} epochs)")
    if picture is not None:
        from trainer.export.curves import draw_curves

        draw_curves(picture, epochs, title=run.id)
        print(f"wrote {printable(str(picture))}")
    return ExitCode.OK


async def _export_model(options: argparse.Namespace) -> None:
    from agegender_tui.prediction_process import PredictionProcess
    from trainer.prediction.catalog import find_model

    model = str(find_model(options.run, runs_root(options.runs)))
    async with PredictionProcess("cpu") as process:
        for kind, path in (("onnx", options.onnx), ("tflite", options.tflite)):
            if path is None:
                continue
            request = {"do": "export", "model": model, "format": kind, "save": str(path.absolute())}
            async for reply in process.ask(request):
                if "file" in reply:
                    print(
                        f"wrote {printable(str(path))} (outputs differ by at most "
                        f"{reply['age_difference']:.1g} years and "
                        f"{reply['gender_difference']:.1g} of a probability)"
                    )
