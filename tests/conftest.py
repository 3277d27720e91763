"""What every test shares: folders of its own, and runs made up in milliseconds."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trainer.config import RunConfig, to_toml
from trainer.presets import preset
from trainer.runs import events
from trainer.runs.layout import RunDir
from trainer.runs.state import RunState, write_state

STARTED = 1_795_000_000.0
EPOCH_SECONDS = 4.0
STEPS = 25


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: tests of the dashboard spend a third of their time
    waiting for it to come to rest."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order in which they are handed out: those of the engine, which keep cores busy,
    evenly between those of the dashboard, which mostly wait. The longest of both come first."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    engine = [tests for path, tests in files.items() if "trainer" in path.parts]
    engine.reverse()  # training comes last by name, and takes longest
    others = [tests for path, tests in files.items() if "trainer" not in path.parts]
    others.sort(key=len, reverse=True)
    placed = [
        ((place + 0.5) / len(kind), tests)
        for kind in (engine, others)
        for place, tests in enumerate(kind)
    ]
    placed.sort(key=lambda one: one[0])
    items[:] = [item for _, tests in placed for item in tests]


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point every folder the program may write at a temporary one; returns their parent."""
    home = tmp_path_factory.mktemp("home")
    folders = {
        "AGEGENDER_RUNS": "runs",
        "AGEGENDER_QUEUE": "queue",
        "AGEGENDER_CACHE": "cache",
        "XDG_CONFIG_HOME": "config",
        "XDG_CACHE_HOME": "xdg-cache",
        "XDG_STATE_HOME": "state",
        "XDG_DATA_HOME": "share",
        "KERAS_HOME": "keras",
    }
    for name, folder in folders.items():
        monkeypatch.setenv(name, str(home / folder))
    ours = ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "AGEGENDER_VGG16_WEIGHTS")
    for name in (*ours, "AGEGENDER_MODELS"):
        monkeypatch.delenv(name, raising=False)
    # No model comes with the program, but to the tests that bring one.
    monkeypatch.setattr("trainer.sharing.bundled.INSTALLED", home / "installed")
    monkeypatch.setattr("trainer.sharing.bundled.CHECKOUT", home / "checkout")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
    return home


def learning_curve(epoch: int) -> tuple[dict[str, float], dict[str, float]]:
    """Training and validation metrics of one epoch (from 1): falling, then a little overfitted."""
    wobble = 0.15 * math.sin(2.3 * epoch)
    age_train = 4.5 + 11.0 * math.exp(-epoch / 6.0)
    age_valid = 6.1 + 9.0 * math.exp(-epoch / 5.0) + wobble + 0.004 * epoch
    gender_train = 0.10 + 0.55 * math.exp(-epoch / 7.0)
    gender_valid = 0.28 + 0.40 * math.exp(-epoch / 5.0) + 0.05 * wobble

    def metrics(age: float, gender: float) -> dict[str, float]:
        return {
            "loss": age + 6.0 * gender + 0.2,
            "age_loss": age,
            "age_mae": age,
            "gender_loss": gender,
            "gender_accuracy": 1.0 - 0.38 * gender / (0.3 + gender),
        }

    return metrics(age_train, gender_train), metrics(age_valid, gender_valid)


def _history(epochs: int, total: int) -> list[events.EpochEvent]:
    made: list[events.EpochEvent] = []
    lowest = math.inf
    for epoch in range(1, epochs + 1):
        train, validation = learning_curve(epoch)
        made.append(
            events.EpochEvent(
                epoch=epoch,
                epochs=total,
                train=train,
                validation=validation,
                learning_rate=1e-3 if epoch <= 20 else 4e-4,
                seconds=EPOCH_SECONDS,
                images_per_second=400.0,
                best=validation["loss"] < lowest,
            )
        )
        lowest = min(lowest, validation["loss"])
    return made


def _story(
    history: list[events.EpochEvent], total: int, state: str, code: int, model: str
) -> Iterator[tuple[float, events.Event]]:
    """(seconds since the start, event) of a run that went the way `state` tells."""
    yield 0.0, events.RunEvent(action="start", pid=4242, host="bench", device="cpu")
    for at, name in enumerate(("importing", "indexing", "decoding", "building", "compiling")):
        yield 0.5 * at, events.PhaseEvent(name=name)
    sizes = {"A": (2_517_442, 2_514_882), "B": (15_144_002, 7_508_994)}[model]
    yield 1.9, events.NetworkEvent(model=model, parameters=sizes[0], trainable=sizes[1])
    yield 3.0, events.PhaseEvent(name="training")
    clock = 3.0
    for event in history:
        for step in (STEPS // 2, STEPS):
            yield (
                clock + EPOCH_SECONDS * step / STEPS / 2,
                events.BatchEvent(
                    epoch=event.epoch,
                    epochs=total,
                    step=step,
                    of=STEPS,
                    metrics=event.train,
                    images_per_second=event.images_per_second,
                ),
            )
        clock += EPOCH_SECONDS
        yield clock, event
        yield (
            clock,
            events.SystemEvent(
                cpu=87.5, memory_used=6 << 30, memory_total=16 << 30, worker_memory=2 << 30
            ),
        )
        yield (
            clock,
            events.CheckpointEvent(
                epoch=event.epoch + 1, step=0, file=f"{event.epoch + 1:06d}-000000", seconds=0.2
            ),
        )
    if state in ("finished", "stopped", "failed"):
        text = {
            "finished": f"finished after {len(history)} epochs",
            "stopped": f"stopped in epoch {len(history)}; resumable",
            "failed": "failed: out of memory; try a smaller batch_size",
        }[state]
        yield clock + 1.0, events.EndEvent(state=state, text=text, epoch=len(history), code=code)


MakeRun = Callable[..., RunDir]
_made: list[int] = [0]


@pytest.fixture
def make_run() -> MakeRun:
    """make_run(root, *, state, epochs, total, preset, label, data, name, **state_fields) -> RunDir.

    A run directory as a worker leaves it, without a worker: config, state and events, the same
    each time. Runs are named in the order they are made. `state_fields` replace fields of
    state.json, e.g. `pid=…` and `heartbeat=…` for one that shows as alive. A run in an active
    state without them shows as lost, as its worker does not exist. `settings` replaces settings.
    """
    _made[0] = 0
    return _make_run


def _make_run(
    root: Path,
    *,
    state: str = "finished",
    epochs: int = 5,
    total: int = 10,
    preset_name: str = "A",
    label: str = "",
    data: str = "/faces",
    name: str = "",
    settings: dict[str, Any] | None = None,
    **fields: Any,
) -> RunDir:
    chosen = str(fields.pop("preset", preset_name))
    _made[0] += 1
    number = _made[0]
    made_id = f"20261123-{number // 60 % 24:02d}{number % 60:02d}00-A-t{number:03d}"
    run = RunDir(root / (name or made_id))
    run.path.mkdir(parents=True)
    run.control.mkdir()
    run.checkpoints.mkdir()
    config: RunConfig = preset(chosen).replace(
        epochs=total, label=label, data=data, **(settings or {})
    )
    run.config_file.write_text(to_toml(config), encoding="utf-8")

    history = _history(epochs, total)
    code = {"failed": 7}.get(state, 0)
    best = min(history, key=lambda event: event.validation["loss"], default=None)
    started = STARTED + 1000.0 * number
    with open(run.events_file, "w", encoding="utf-8") as file:
        for seq, (after, event) in enumerate(_story(history, total, state, code, config.model)):
            stamped = dataclasses.replace(event, seq=seq, t=round(started + after, 3))
            file.write(events.encode(stamped) + "\n")

    if history:
        (run.checkpoints / "latest").write_text(f"{len(history) + 1:06d}-000000\n")

    last = started + 3.0 + EPOCH_SECONDS * epochs
    ended = state in ("finished", "stopped", "failed")
    written: dict[str, Any] = {
        "state": state,
        "pid": 4242,
        "pid_started": 1.0,
        "host": "bench",
        "device": "cpu",
        "heartbeat": last,
        "created": started,
        "started": started,
        "ended": last + 1.0 if ended else 0.0,
        "epoch": epochs,
        "epochs": total,
        "step": STEPS if ended else 0,
        "steps": STEPS,
        "best": {**best.validation, "epoch": float(best.epoch)} if best else {},
        "trace": [event.validation["age_mae"] for event in history][-32:],
        "text": {"failed": "out of memory; try a smaller batch_size"}.get(state, ""),
        "code": code,
    }
    write_state(run, RunState(**{**written, **fields}), durable=False)
    return run
