"""What events, control and heartbeat cost of a training step."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Row
from trainer.presets import preset
from trainer.runs.events import METRICS, BatchEvent
from trainer.runs.layout import create_run
from trainer.runs.state import write_state
from trainer.training.loop import BATCH_EVENT_SECONDS
from trainer.training.session import GAUGE_SECONDS, HEARTBEAT_SECONDS, Session, initial_state

FAST_STEP = 0.02  # seconds: a GPU on this network; a step here takes some 0.7


def cost(act: Callable[[], object], times: int) -> float:
    act()
    began = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - began) / times


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        run = create_run(Path(folder), preset("A"))
        write_state(run, initial_state(170))
        session = Session(run)
        event = BatchEvent(
            epoch=1, epochs=170, step=7, of=62, metrics=dict.fromkeys(METRICS, 1.23456789),
            images_per_second=80.0,
        )  # fmt: skip
        poll = cost(session.poll, 3000)
        emit = cost(lambda: session.emit(event), 2000)
        beat = cost(session.update, 300)
        gauge = cost(session._monitor.sample, 100)
        session._events.close()
    a_second = emit / BATCH_EVENT_SECONDS + beat / HEARTBEAT_SECONDS + gauge / GAUGE_SECONDS
    share = 100 * (poll / FAST_STEP + a_second)
    return [
        Row(
            f"events, control and heartbeat, of a step of {FAST_STEP * 1000:.0f} ms",
            share,
            "%",
            1,
            at_least=False,
            detail=f"poll {poll * 1e6:.0f} µs, event {emit * 1e6:.0f} µs, state "
            f"{beat * 1e6:.0f} µs, gauges {gauge * 1e6:.0f} µs",
        )
    ]
