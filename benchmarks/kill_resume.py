"""Kill −9 a worker at random instants, resume each time, and compare with an undisturbed run.

    python -m benchmarks.kill_resume --kills 10

One short deterministic run on the bundled sample faces is trained twice on the CPU: once in peace,
once killed. Exits 1 unless weights, history and predictions are the same to the bit.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from trainer.config import RunConfig
from trainer.data.sample import sample_folder
from trainer.presets import preset
from trainer.runs.event_log import read_events
from trainer.runs.events import BatchEvent, CheckpointEvent, RunEvent
from trainer.runs.layout import RunDir, create_run
from trainer.runs.state import read_state, shown_state
from trainer.training import checkpoint

NOT_COMPARED = ("seconds", "images_per_second")  # wall-clock, not training


def short_run(epochs: int) -> RunConfig:
    """A deterministic run of a few small epochs with every random part switched on."""
    return preset("A-demo").replace(
        data=str(sample_folder()),
        filters="8-16-24-32",
        dense_units=32,
        epochs=epochs,
        early_stopping=0,
        plateau_patience=1,
        deterministic=True,
        device="cpu",
        checkpoint_seconds=0.5,
    )


def start(run: RunDir, verb: str) -> subprocess.Popen[bytes]:
    """A worker on `run`, its output in worker.log."""
    with open(run.log_file, "ab") as log:
        return subprocess.Popen([sys.executable, "-m", "trainer", verb, str(run.path)],
                                stdout=log, stderr=log)  # fmt: skip


def kill_at_random(run: RunDir, kills: int, seed: int, start_up: float, training: float) -> int:
    """Run to the end, killing `kills` times at random instants; returns the kills done.

    A worker lives for a random part of the `start_up` seconds that it takes to begin and of as
    much of the `training` seconds as leaves enough for the kills to come.
    """
    draw = random.Random(seed)
    epochs = run.config().epochs
    done = 0
    worker = start(run, "train")
    while done < kills:
        left = training * (1 - epochs_done(run) / epochs)
        longest = start_up + 1.5 * left / (kills - done + 1)
        try:
            worker.wait(timeout=draw.uniform(0.0, longest))
            break
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            done += 1
            state = shown_state(read_state(run)) if run.state_file.exists() else "no state yet"
            where = last_checkpoint(run)
            print(f"  kill {done:2d}: the run is {state}; last checkpoint {where}", flush=True)
            worker = start(run, "resume")
    worker.wait()
    return done


def epochs_done(run: RunDir) -> int:
    """Whole epochs in the last checkpoint."""
    name = last_checkpoint(run)
    return 0 if name == "none" else int(name.partition("-")[0]) - 1


def times(run: RunDir) -> tuple[float, float]:
    """Seconds that a finished run took before its first step and after."""
    events = list(read_events(run.events_file))
    began = next(e.t for e in events if isinstance(e, RunEvent))
    trained = next(e.t for e in events if isinstance(e, BatchEvent))
    return trained - began + 1.0, events[-1].t - trained


def last_checkpoint(run: RunDir) -> str:
    names = [e.file for e in read_events(run.events_file) if isinstance(e, CheckpointEvent)]
    return names[-1] if names else "none"


def differences(one: RunDir, other: RunDir) -> list[str]:
    """What is not the same to the bit in two finished runs of the same settings."""
    found = []
    config = one.config()
    first, second = (checkpoint.latest(run.checkpoints, config) for run in (one, other))
    if first is None or second is None:
        return ["a run has no checkpoint"]
    found += [
        f"array {name}"
        for name in sorted(first.arrays.keys() | second.arrays.keys())
        if not np.array_equal(first.arrays[name], second.arrays[name], equal_nan=True)
    ]
    best = [checkpoint.load_best(run.checkpoints, c.best_file)
            for run, c in ((one, first), (other, second))]  # fmt: skip
    found += [f"best {n}" for n in best[0] if not np.array_equal(best[0][n], best[1][n])]
    if first.schedule != second.schedule:
        found.append("schedule")
    if comparable_history(one) != comparable_history(other):
        found.append("history.csv")
    if one.predictions_file.read_bytes() != other.predictions_file.read_bytes():
        found.append("predictions.csv")
    return found


def comparable_history(run: RunDir) -> list[dict[str, str]]:
    """history.csv without its clock times."""
    with open(run.history_file, newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k not in NOT_COMPARED} for row in rows]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--folder", type=Path, help="keep the two runs here")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        os.environ.setdefault("AGEGENDER_QUEUE", str(folder / "queue"))
        config = short_run(chosen.epochs)
        peaceful, killed = create_run(folder / "a", config), create_run(folder / "b", config)
        began = time.monotonic()
        if code := start(peaceful, "train").wait():
            print(f"the undisturbed run failed with {code}: see {peaceful.log_file}")
            return 1
        whole = time.monotonic() - began
        print(f"undisturbed run: {chosen.epochs} epochs in {whole:.0f} s; seed {chosen.seed}")
        kills = kill_at_random(killed, chosen.kills, chosen.seed, *times(peaceful))
        starts = sum(isinstance(e, RunEvent) for e in read_events(killed.events_file))
        state = read_state(killed)
        print(f"killed {kills} times, {starts} workers began; the run is {state.state}")
        if state.state != "finished":
            print(f"FAIL: the killed run did not finish: {state.text}")
            return 1
        found = differences(peaceful, killed)
        if found:
            print("FAIL: not the same: " + ", ".join(found))
            return 1
        if kills < chosen.kills:
            print(f"FAIL: it ended after {kills} kills, all the same; try another --seed")
            return 1
        print("PASS: weights, optimizer, seeds, schedule, history, predictions bit-identical")
        return 0


if __name__ == "__main__":
    sys.exit(main())
