"""Memory of a long batch: thousands of crops predicted into a table, as the screen does it.

    [AGEGENDER_UTKFACE=DIR] python -m benchmarks.prediction_memory [RUN] [--pictures 10000]

The pictures are links to the faces there are, each of a name of its own. Without RUN an untrained
network A is used. Prints what the prediction process and the one that asks it hold after each tenth
of the pictures; the last must not be above that after the first by more than a twentieth.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import psutil

from agegender_tui.predicting.batch import Progress, predict_to_table
from benchmarks import faces
from benchmarks.prediction_speed import model_to_measure
from benchmarks.report import Row

MEGABYTE = 1 << 20
STEPS = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("run", nargs="?", help="a run, or a model file")
    parser.add_argument("--runs", metavar="DIR")
    parser.add_argument("--pictures", type=int, default=10_000)
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:  # not to measure Keras here
            model = elsewhere.submit(model_to_measure, options, folder).result()
        pictures = _links(folder / "pictures", options.pictures)
        request = {"models": [str(model)], "mean": False, "flip": False, "crops": False}
        used: list[tuple[float, float]] = []
        asyncio.run(
            predict_to_table(
                str(pictures), folder / "table.csv", request, _teller(options.pictures, used)
            )
        )
    rows = [
        Row(f"memory of {what} after {options.pictures:,} pictures, over that after a tenth",
            last / first, "×", 1.05, at_least=False, detail=f"{first:.0f} and {last:.0f} MB")
        for what, first, last in zip(
            ("the prediction process", "the one that asks"), used[0], used[-1], strict=True
        )
    ]  # fmt: skip
    for row in rows:
        print(row.line(), flush=True)
    return 0 if all(row.passes for row in rows) else 1


def _links(folder: Path, count: int) -> Path:
    """`count` pictures, made of those there are."""
    folder.mkdir()
    known = sorted(faces.folder().glob("*.jpg"))
    for number, file in enumerate(itertools.islice(itertools.cycle(known), count)):
        (folder / f"{number:06}.jpg").symlink_to(file)
    return folder


def _teller(count: int, used: list[tuple[float, float]]) -> Callable[[Progress], None]:
    """Notes and prints the memory, in megabytes, after each tenth."""
    print(f"{'pictures':>10}{'prediction process':>22}{'the one that asks':>20}")
    own = psutil.Process()

    def told(progress: Progress) -> None:
        if not progress.done or progress.done % max(1, count // STEPS):
            return
        (child,) = [one for one in own.children() if "predict-server" in one.cmdline()]
        memory = [one.memory_info().rss / MEGABYTE for one in (child, own)]
        used.append((memory[0], memory[1]))
        print(f"{progress.done:10,}{memory[0]:19.1f} MB{memory[1]:17.1f} MB", flush=True)

    return told


if __name__ == "__main__":
    sys.exit(main())
