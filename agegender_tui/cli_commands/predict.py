"""Predict age and gender of the faces in photographs: files, folders, patterns, or @LIST, a text
file with one path a line. A bad file is named and does not stop it. What is said is the data set's
binary label and an estimated age, not a fact about a person."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Any

from agegender_tui.cli_commands.output_file import check_output
from trainer.errors import ConfigError, ExitCode, StorageError
from trainer.runs.layout import runs_root
from trainer.text import printable
from trainer.user_path import user_path

if TYPE_CHECKING:
    from agegender_tui.predicting.process import PredictionProcess
    from agegender_tui.predicting.terminal_lines import Teller

EXAMPLE = "agegender-tui predict photographs --model last --out people.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """SOURCE…, --model, and how to find, predict and write."""
    parser.add_argument(
        "source", nargs="+", metavar="SOURCE",
        help="file, folder (with all below it but links to folders), pattern or @LIST",
    )  # fmt: skip
    parser.add_argument(
        "--model", action="append", metavar="RUN|FILE|NAME",
        help="a run (id, part of it, path or last), a .keras file, or the name of a model that "
        "comes with the program; may be given more than once (default: the model that comes with "
        "the program)",
    )  # fmt: skip
    parser.add_argument("--mean", action="store_true", help="the mean of several models as well")
    parser.add_argument("--flip", action="store_true", help="average with the mirrored face")
    parser.add_argument(
        "--level", type=float, default=0.9, metavar="X",
        help="chance that the age interval holds the true age: 0.5, 0.8, 0.9 or 0.95 "
        "(default: 0.9)",
    )  # fmt: skip
    parser.add_argument(
        "--faces", choices=("auto", "crops", "find"), default="auto",
        help="auto takes pictures that are aligned crops already as they are; crops takes all "
        "so, find none (default: auto)",
    )  # fmt: skip
    parser.add_argument(
        "--detector", default="mtcnn", metavar="NAME",
        help="mtcnn, haar, or a YuNet file ending in .onnx (default: mtcnn)",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="FILE", type=user_path, help="write a table: .csv or .jsonl"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with --out, skipping its files"
    )
    parser.add_argument(
        "--watch", action="store_true", help="go on with what arrives, until Ctrl-C"
    )
    parser.add_argument("--cam", metavar="DIR", type=user_path, help="save Grad-CAM pictures there")
    parser.add_argument("--device", default="auto", metavar="X", help="auto, cpu, gpu:0, …")


def run(options: argparse.Namespace) -> int:
    """Predict; exit code 3 where no file could be read."""
    from agegender_tui.predicting.many_files import expand, no_picture
    from agegender_tui.predicting.saving import written_to
    from trainer.prediction.catalog import find_model

    if options.resume and not options.out:
        raise ConfigError("--resume goes on with a table: name it with --out")
    if options.out:
        check_output(options.out)
    root = runs_root(options.runs)
    models = [str(find_model(name, root)) for name in options.model or [_usual()]]
    if options.cam:
        try:
            options.cam.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{printable(str(options.cam))}: cannot be made ({error.strerror}); name another"
            ) from None
    closed: list[str] = []
    made = written_to(str(options.cam or ""))
    files = list(expand(options.source, made, closed.append))
    if not files and not options.watch:
        raise no_picture(options.source[0], closed)
    for folder in closed:
        print(f"{folder}; its pictures are left out", file=sys.stderr)
    try:
        return asyncio.run(_predict(options, models, files))
    except KeyboardInterrupt:
        if options.watch:
            return ExitCode.OK
        raise


def _usual() -> str:
    """What predicts where no model is named. ConfigError where none comes with the program."""
    from trainer.prediction.catalog import sound_ready_models

    model = next(sound_ready_models(), None)
    if model is None:
        raise ConfigError("no model: name a run or a .keras file with --model")
    return str(model.file)


async def _predict(options: argparse.Namespace, models: list[str], files: list[str]) -> int:
    from agegender_tui.predicting.many_files import arrivals, predictions
    from agegender_tui.predicting.process import PredictionProcess
    from agegender_tui.predicting.saving import written_to
    from agegender_tui.predicting.table import PredictionTable
    from agegender_tui.predicting.table_settings import settings_of
    from agegender_tui.predicting.terminal_lines import Teller

    request = {
        "models": models, "mean": options.mean, "flip": options.flip, "level": options.level,
        "faces": options.faces, "detector": options.detector,
        "cams": str(options.cam.absolute()) if options.cam else "",
    }  # fmt: skip
    table, known = None, set[str]()
    if options.out:
        table = PredictionTable(options.out, settings_of(request), resume=options.resume)
        files = [name for name in files if name not in table.done]
        known |= table.done
    teller = Teller(len(files), results=table is None)

    async def work(process: PredictionProcess, names: list[str]) -> None:
        async for reply in predictions(process, request, names):
            if table is not None:
                table.add(reply)
            teller.tell(reply)

    try:
        async with PredictionProcess(options.device) as process:
            teller.phase("loading TensorFlow and the models")
            await _load(process, request, teller)
            if not options.watch:
                await work(process, files)
            else:
                teller.phase("waiting for pictures; Ctrl-C ends it")
                made = written_to(request["cams"])
                # The first files too: one may still be copied there, or come later.
                async for names in arrivals(options.source, known, made):
                    await work(process, names)
    finally:
        teller.close()
        if table is not None:
            table.close()
    return ExitCode.DATA if teller.files and teller.unread == teller.files else ExitCode.OK


async def _load(process: PredictionProcess, request: dict[str, Any], teller: Teller) -> None:
    from agegender_tui.predicting.terminal_lines import uncalibrated

    load = {"do": "load", **{key: request[key] for key in ("models", "mean", "flip")}}
    async for reply in process.ask(load):
        if "calibrating" in reply:
            teller.phase("calibrating for mirrored faces, once for each model")
        elif "models" in reply:
            teller.note(uncalibrated(reply))
