"""Evaluations of the sample faces as a worker leaves them, of predictions that are made up."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.trainer.evaluation.report.stored import store
from trainer.data.index import build_index
from trainer.data.sample import sample_folder
from trainer.evaluation.scored import Scored
from trainer.evaluation.store import EvaluationDir, evaluation_root
from trainer.jobs.status import Status, write_status
from trainer.runs.layout import RunDir

FACES = 120
ASKED = 1_795_000_000


def copy_faces(folder: Path, count: int = FACES) -> Path:
    """So many of the sample faces, in a folder of their own that may be curated."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted(sample_folder().glob("*.jpg"))
    for path in files[:: len(files) // count][:count]:
        shutil.copy(path, folder)
    return folder


def scored_of(folder: Path, model: str, off: float = 6.0, seed: int = 1) -> Scored:
    """What a made-up model says of the faces of a folder: ages `off` years off in the mean."""
    index, random = build_index(folder), np.random.default_rng(seed)
    count = len(index.files)
    ages, genders = np.array(index.ages, "float64"), np.array(index.genders)
    sure = (2 * genders - 1) * 2.0 + random.normal(0, 1.5, count)
    return Scored(
        model=model,
        network=model.split("-")[-2] if "-" in model else "",
        data=folder.name,
        part="validation",
        model_fingerprint=model,
        data_fingerprint="d",
        folder=folder.absolute(),
        files=tuple(index.files),
        age_low=ages,
        age_high=ages.copy(),
        genders=genders,
        races=np.array([-1 if race is None else race for race in index.races]),
        ages=np.maximum(ages + random.normal(1.0, off * 1.25, count), 0.5),
        female=1 / (1 + np.exp(-sure)),
        pixels=tuple(f"{number:032x}" for number in range(count)),
    )


def keep(root: Path, scored: Scored, number: int = 0, run: str = "", **rest: Any) -> EvaluationDir:
    """As a finished worker leaves it, asked for `number` minutes after the first."""
    made = store(evaluation_root(root), scored, run=run, **rest)
    return finish(made, number)


def finish(made: EvaluationDir, number: int, **state: Any) -> EvaluationDir:
    request = {
        "v": 1, "model": "/models/m.keras", "model_fingerprint": "m", "data": "/faces",
        "data_name": "faces", "data_fingerprint": "d", "part": "all", "flip": False,
        "training": "", "asked": float(ASKED),
    }  # fmt: skip
    made.path.mkdir(parents=True, exist_ok=True)
    made.request_file.write_text(json.dumps(request))
    os.utime(made.request_file, (ASKED + 60 * number,) * 2)
    write_status(made.state_file, Status(**{"state": "finished", **state}))
    return made


def under_way(root: Path, number: int = 9, **state: Any) -> EvaluationDir:
    """One that is not done: by default predicting, its worker alive by its heartbeat."""
    made = EvaluationDir(
        evaluation_root(root) / f"20261123-210009-A-w009--faces-all--{abs(number):08x}"
    )
    working = {
        "state": "working", "heartbeat": time.time(), "host": "elsewhere", "pid": 1,
        "phase": "predicting", "done": 48, "of": 120,
    }  # fmt: skip
    return finish(made, number, **{**working, **state})


@dataclasses.dataclass(frozen=True)
class Made:
    """Two models on the same faces, B the better one of ages; the newest first in the list."""

    root: Path
    faces: Path
    a: EvaluationDir
    b: EvaluationDir


@pytest.fixture
def made(tmp_path: Path, make_run: Callable[..., RunDir], monkeypatch: pytest.MonkeyPatch) -> Made:
    """Below `runs` in the current folder, with runs of both models."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGEGENDER_PICTURES", "blocks")
    return make_two(tmp_path, make_run)


def make_two(folder: Path, make_run: Callable[..., RunDir]) -> Made:
    root, faces = folder / "runs", copy_faces(folder / "faces")
    found = []
    for number, (network, off) in enumerate((("A", 9.0), ("B", 5.0)), start=1):
        name = f"20261123-21000{number}-{network}-t00{number}"
        run = make_run(root, preset=network, data=str(faces), name=name, epochs=20 * number)
        scored = scored_of(faces, name, off, seed=number)
        found.append(keep(root, scored, number, str(run.path)))
    return Made(root, faces, *found)


async def until(pilot: Pilot[Any], true: Callable[[], object], seconds: float = 30) -> None:
    """Go on as soon as it is so; `seconds` are only how long a broken test is waited for."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        await pilot.pause(0.01)


def words(app: App[Any], widget: str) -> str:
    """What a `Static` of the screen says."""
    return str(app.screen.query_one(widget).render())
