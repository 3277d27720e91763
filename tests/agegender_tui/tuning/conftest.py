"""Studies as a worker leaves them, with trials that are made up."""

from __future__ import annotations

import json
import math
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainer.jobs.status import Status, write_status
from trainer.presets import preset
from trainer.runs.layout import STAMP
from trainer.tuning.space import parse_pairs
from trainer.tuning.study import StudyConfig, StudyDir, study_root, to_toml

MADE = time.mktime(time.strptime("20261127-120000", STAMP))
SPACE = ("learning_rate=3e-4..1e-2:log", "dropout=0..0.5", "filters=16-32-48-64-96/8-16-32-48-64")
# (state, error, years, gender, epochs) of trials one after the other.
COURSE: tuple[tuple[str, float, float, float, int], ...] = (
    ("finished", 0.64, 12.45, 0.775, 5),
    ("finished", 0.75, 14.67, 0.738, 5),
    ("finished", 0.58, 12.50, 0.825, 5),
    ("pruned", 0.74, 14.89, 0.75, 3),
    ("failed", math.nan, math.nan, math.nan, 0),
    ("finished", 0.57, 11.76, 0.812, 5),
)


def run_id(number: int, minute: int = 0) -> str:
    return f"20261127-12{minute:02d}{number:02d}-A-t{number:03d}"


def make_study(
    root: Path,
    *,
    name: str = "20261127-120000-study-ab12",
    course: tuple[tuple[str, float, float, float, int], ...] = COURSE,
    running: int = 0,
    importances: Mapping[str, float] | None = None,
    space: tuple[str, ...] = SPACE,
    state: str = "finished",
    minute: int = 0,
    **rest: Any,
) -> StudyDir:
    """A study of ended trials, then `running` ones whose runs tell no state. Fields of its state
    and of its settings go by their names; its worker, where it is active, lives elsewhere."""
    study = StudyDir(study_root(root) / name)
    study.path.mkdir(parents=True)
    study.control.mkdir()
    status = {key: rest.pop(key) for key in ("text", "phase", "host", "pid") if key in rest}
    base = preset("A-demo").replace(data="/faces/sample", epochs=5, **rest.pop("base", {}))
    config = StudyConfig(base, parse_pairs(space), **{"trials": 8, **rest})
    study.config_file.write_text(to_toml(config))
    for number, one in enumerate(course, 1):
        begin(study, number, minute)
        end(study, number, *one)
    for number in range(len(course) + 1, len(course) + 1 + running):
        begin(study, number, minute)
    if importances:
        tell(study, type="importances", shares=importances, trials=len(course))
    set_state(study, state, **status)
    return study


def set_state(study: StudyDir, state: str, **rest: Any) -> None:
    beat = 4e9 if state in ("waiting", "working") else MADE
    fields = {"heartbeat": beat, "host": "elsewhere", "pid": 1, **rest}
    write_status(study.state_file, Status(state, **fields))


def begin(study: StudyDir, number: int, minute: int = 0) -> None:
    values = {
        "learning_rate": 0.0005 * number,
        "dropout": 0.05 * number,
        "filters": ("16-32-48-64-96", "8-16-32-48-64")[number % 2],
    }
    space = study.config().space
    values = {key: value for key, value in values.items() if key in space}
    tell(study, type="begin", number=number, run=run_id(number, minute), values=values)


def end(
    study: StudyDir,
    number: int,
    state: str = "finished",
    value: float = 0.5,
    years: float = 10.0,
    gender: float = 0.9,
    epochs: int = 5,
) -> None:
    text = {"pruned": "worse by then than half of the others", "failed": "out of memory"}
    tell(
        study, type="end", number=number, state=state, value=value, age_mae=years,
        gender_accuracy=gender, epochs=epochs, best_epoch=epochs, course=[],
        text=text.get(state, ""),
    )  # fmt: skip


def tell(study: StudyDir, **body: Any) -> None:
    """A line of trials.jsonl."""
    for key, one in body.items():
        if isinstance(one, float) and math.isnan(one):
            body[key] = None
    with open(study.trials_file, "a", encoding="utf-8") as file:
        file.write(json.dumps({"v": 1, "t": MADE, **body}) + "\n")


def lives_here(**rest: Any) -> dict[str, Any]:
    """State of a run whose worker is alive, by a heartbeat of a time to come."""
    return {"pid": 0, "host": socket.gethostname(), "heartbeat": 4e9, **rest}
