"""How long a step of a recipe takes, alone and with several trainings at a time on one GPU:

    KERAS_BACKEND=jax python -m benchmarks.recipes.step_time --preset A-best --at-once 1 3 5

with and without `nvidia-cuda-mps-control -d` before. Tells milliseconds from one finished step to
the next, of all trainings together; `--keras-pooling` pools as Keras does. On faces of noise.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from typing import Any

EPOCHS = 3  # timed, after one that compiles
PATIENCE = 600.0  # seconds until a training is given up that does not come


def work(number: int, chosen: argparse.Namespace, barrier: Any, told: Any) -> None:
    """One training: takes part where it is among the first so many."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from benchmarks.recipes import pooling
    from benchmarks.recipes.training import Recipe
    from trainer.presets import preset
    from trainer.training.targets import Targets

    if not chosen.keras_pooling:
        pooling.use()
    config = preset(chosen.preset).replace(data="noise")
    random = np.random.default_rng(1)
    ages = random.integers(1, 90, chosen.faces).astype("float32")
    genders = random.integers(0, 2, chosen.faces).astype("float32")
    pixels = random.integers(0, 255, (chosen.faces, 128, 128, 3), dtype="uint8")
    labels = Targets(config, ages).labels(ages, genders)
    data = {
        "pixels": jnp.asarray(pixels),
        "labels": {name: jnp.asarray(label) for name, label in labels.items()},
        "weights": None,
    }
    # Of VGG16 random weights do: they take as long.
    recipe = Recipe(config, None)
    steps = chosen.faces // config.batch_size
    rows = jnp.arange(steps * config.batch_size).reshape(steps, -1)
    rates, key = jnp.full(steps, 1e-4), jax.random.key(1)
    state = recipe._start(30.0, 1)
    state = jax.block_until_ready(recipe._epoch(state, data, rows, rates, key))
    for count in chosen.at_once:
        barrier.wait()
        if number < count:
            began = time.monotonic()
            for _ in range(EPOCHS):
                state = recipe._epoch(state, data, rows, rates, key)
            jax.block_until_ready(state)
            told.put((count, 1000 * (time.monotonic() - began) / (EPOCHS * steps * count)))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--preset", default="A-best")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 3, 5], metavar="N")
    parser.add_argument("--faces", type=int, default=4000, metavar="N")
    parser.add_argument("--keras-pooling", action="store_true")
    chosen = parser.parse_args()
    most = max(chosen.at_once)
    os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{0.9 / most:.2f}"
    context = multiprocessing.get_context("spawn")
    barrier, told = context.Barrier(most, timeout=PATIENCE), context.Queue()
    given = (chosen, barrier, told)
    workers = [context.Process(target=work, args=(number, *given)) for number in range(most)]
    for worker in workers:
        worker.start()
    found: dict[int, list[float]] = {count: [] for count in chosen.at_once}
    for _ in range(sum(chosen.at_once)):
        count, milliseconds = told.get(timeout=PATIENCE)
        found[count].append(milliseconds)
        if len(found[count]) == count:
            print(f"{chosen.preset}, {count} at a time: a step every {max(found[count]):.2f} ms")
    for worker in workers:
        worker.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
