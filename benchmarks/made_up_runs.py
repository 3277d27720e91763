"""Run directories out of nothing, for measuring how they are shown."""

from __future__ import annotations

import math
import time
from pathlib import Path

from trainer.presets import preset
from trainer.runs.event_log import EventWriter
from trainer.runs.events import EpochEvent, RunEvent
from trainer.runs.layout import RunDir, create_run
from trainer.runs.state import RunState, write_state


def epoch_event(epoch: int, epochs: int) -> EpochEvent:
    def side(lift: float) -> dict[str, float]:
        fall = math.exp(-epoch / 30)
        return {
            "loss": 8 + 12 * fall + lift,
            "age_loss": 6 + 8 * fall + lift,
            "age_mae": 6 + 8 * fall + lift,
            "gender_loss": 0.25 + 0.4 * fall + lift / 10,
            "gender_accuracy": 0.9 - 0.3 * fall,
        }

    return EpochEvent(
        epoch=epoch, epochs=epochs, train=side(0), validation=side(0.5 + 0.2 * math.sin(epoch)),
        learning_rate=1e-3, seconds=50.0, images_per_second=80.0, best=epoch == epochs,
    )  # fmt: skip


def make_run(root: Path, epochs: int, total: int = 170, state: str = "finished") -> RunDir:
    """A run of `total` epochs of which `epochs` are done."""
    run = create_run(root, preset("A").replace(data="/data/utkface", epochs=total))
    writer = EventWriter(run.events_file)
    writer.write(RunEvent(action="start", pid=1, host="elsewhere", device="cpu"))
    for epoch in range(1, epochs + 1):
        writer.write(epoch_event(epoch, total))
    writer.close()
    now = time.time()
    write_state(
        run,
        RunState(
            state=state, created=now, started=now, heartbeat=now, host="elsewhere", epoch=epochs,
            epochs=total, steps=62, best={"epoch": epochs, "age_mae": 6.2, "gender_accuracy": 0.89},
            trace=[7.0, 6.5, 6.2],
        ),
        durable=False,
    )  # fmt: skip
    return run
