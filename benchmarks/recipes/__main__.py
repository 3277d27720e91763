"""Train recipes on one GPU and tell what each reached:

    KERAS_BACKEND=jax python -m benchmarks.recipes benchmarks/results/recipes/jobs.json \\
        --only 'B base' --data data/utkface --out recipes

The file is a list of `{"name": …, "preset": "A-best", "set": {setting: value}, "seeds": [1, 2]}`;
`"folds": [1, 2]` validates on these of five folds instead of on the default split. `"extra"` is
what no run has (yet): `smoothing` of the gender's labels, and `shift`, the largest, of faces, as a
part of their side. Wants jax with CUDA, and Keras, but no TensorFlow. Every training that was
finished is a line of a `results*.jsonl` in the folder of `--out`; `python -m
benchmarks.recipes.table FOLDER` makes a table of them. What it says of the validation faces is a
line of a `said*.jsonl`, for `python -m benchmarks.recipes.means`.

Several trainings at a time are quicker than one only where the GPU runs their kernels beside each
other: start NVIDIA's Multi-Process Service first (`nvidia-cuda-mps-control -d`). On an H200 a step
of A-best took 2.7 ms alone; with five at a time one in every 1.55 ms was done under the service,
and without it one in every 4.3 (`benchmarks.recipes.step_time`). Compiling a recipe takes one core
a minute or two, while the other workers train.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

from benchmarks.recipes.worker import work


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recipes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("jobs", type=Path)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of the file, these")
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=3, help="trainings at a time (default 3)")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin none after this long")
    parser.add_argument("--watch", type=int, default=0, metavar="N", help="tell each N epochs")
    chosen = parser.parse_args()
    jobs = json.loads(chosen.jobs.read_text())
    unknown = set(chosen.only or ()) - {job["name"] for job in jobs}
    if unknown:
        parser.error(f"{chosen.jobs} has no {' and no '.join(sorted(unknown))}")
    if chosen.only:
        jobs = [job for job in jobs if job["name"] in chosen.only]
    began = time.monotonic()
    chosen.out.mkdir(parents=True, exist_ok=True)
    os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{0.9 / chosen.workers:.2f}"
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    for job in [*jobs, *[None] * chosen.workers]:
        queue.put(job)
    workers = []
    for number in range(chosen.workers):
        out = chosen.out / f"results{number}.jsonl"
        given = (queue, began, out, chosen.data, chosen.seconds, chosen.watch)
        workers.append(context.Process(target=work, args=given))
        workers[-1].start()
    for worker in workers:
        worker.join()
    return max(abs(worker.exitcode or 0) for worker in workers)


if __name__ == "__main__":
    sys.exit(main())
