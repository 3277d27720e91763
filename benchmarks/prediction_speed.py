"""How fast predictions come: warm latency, photographs a second against the bare network.

    AGEGENDER_UTKFACE=DIR python -m benchmarks.prediction_speed RUN

Without RUN an untrained network A is used: speed does not depend on what it learnt.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from agegender_tui.predicting.process import PredictionProcess
from benchmarks import faces
from benchmarks.report import Row
from benchmarks.scenes import make_scenes

ROUNDS = 5
A_ROUND = 320
REPEATS = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run", nargs="?", help="a run, or a model file")
    parser.add_argument("--runs", metavar="DIR")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    files = sorted(faces.folder().glob("*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        model = model_to_measure(options, Path(folder))
        rows = [_against_the_network(model, files)]
        print(rows[0].line(), flush=True)
        rows += asyncio.run(_through_the_process(model, files, Path(folder)))
    return 0 if all(row.passes for row in rows) else 1


def model_to_measure(options: argparse.Namespace, folder: Path) -> Path:
    """The model of `options.run`, or an untrained network A, written to `folder`."""
    from trainer.prediction.catalog import find_model
    from trainer.runs.layout import runs_root

    if options.run:
        return find_model(options.run, runs_root(options.runs))
    from trainer.models.custom_cnn import build_custom_cnn

    file = folder / "untrained.keras"
    build_custom_cnn(faces.config(), 33.0).save(file)
    return file


def _against_the_network(model: Path, files: list[Path]) -> Row:
    """From files to estimates, beside the network alone on the same crops in memory."""
    from trainer.data.decode import read_face
    from trainer.prediction.pipeline import BATCH, predict_files
    from trainer.prediction.predictor import Predictor, load_model

    loaded = load_model(model)
    predictor = Predictor([loaded])
    some = list(itertools.islice(itertools.cycle(files), A_ROUND))
    crops = np.stack([read_face(file)[0] for file in some])
    found: dict[str, list[float]] = {"bare": [], "chain": []}

    def bare() -> None:
        for first in range(0, A_ROUND, BATCH):
            loaded.raw(crops[first : first + BATCH])

    def chain() -> None:
        for result in predict_files(some, predictor, _no_detector):
            assert result.faces, result.problem

    for turn in range(ROUNDS + 1):
        for name, work in (("bare", bare), ("chain", chain)):
            began = time.perf_counter()
            work()
            if turn:  # the first round warms both
                found[name].append(A_ROUND / (time.perf_counter() - began))
    speed = {name: statistics.median(rates) for name, rates in found.items()}
    # Rounds side by side, for the machine's other work comes and goes.
    ratio = statistics.median(c / b for c, b in zip(found["chain"], found["bare"], strict=True))
    return Row(
        "photographs a second in batch, over the bare network", ratio, "×", 0.9, at_least=True,
        detail=f"{speed['chain']:.0f} and {speed['bare']:.0f} a second",
    )  # fmt: skip


def _no_detector() -> Any:
    raise AssertionError("crops need no detector")


async def _through_the_process(model: Path, files: list[Path], folder: Path) -> list[Row]:
    from PIL import Image

    from trainer.data.decode import read_face

    crops = np.stack([read_face(file)[0] for file in files[:2]])
    ((scene, _),) = make_scenes(crops)
    photograph = folder / "photograph.jpg"
    Image.fromarray(scene).save(photograph, quality=92)
    async with PredictionProcess("cpu") as process:

        async def ask(names: list[str]) -> int:
            request = {"do": "predict", "models": [str(model)], "files": names}
            return sum([len(reply.get("faces", [])) async for reply in process.ask(request)])

        rows = []
        for what, name, budget in (
            ("warm latency of a crop", files[0], 0.05),
            ("warm latency of a photograph of 1024×768", photograph, 1.0),
        ):
            await ask([str(name)])
            took = []
            for _ in range(REPEATS):
                began = time.perf_counter()
                await ask([str(name)])
                took.append(time.perf_counter() - began)
            detail = f"{max(took):.3f} s at worst"
            rows.append(Row(what, statistics.median(took), "s", budget, False, detail))
            print(rows[-1].line(), flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(main())
