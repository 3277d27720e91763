"""Evaluations for tests: made up from a seed, or of small networks on drawn pictures."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from trainer.config import RunConfig
from trainer.data.faces import load_faces
from trainer.data.source import parse_source
from trainer.data.split import write_split
from trainer.evaluation.plan import plan, prepare
from trainer.evaluation.scored import Scored
from trainer.evaluation.store import EvaluationDir
from trainer.evaluation.worker import work
from trainer.prediction import predictor
from trainer.runs.layout import RunDir, create_run
from trainer.runs.state import RunState, write_state
from trainer.training.outputs import write_predictions


def made(count: int = 200, seed: int = 1, **replaced: Any) -> Scored:
    """Ages with errors of about 6 years, genders told in about nine of ten cases."""
    random = np.random.default_rng(seed)
    ages = random.integers(1, 90, count).astype("float64")
    genders = random.integers(0, 2, count)
    logits = (2 * genders - 1) * 1.6 + random.normal(0, 1.3, count)
    scored = Scored(
        model="A",
        network="A",
        data="faces",
        part="all",
        model_fingerprint=f"m{seed}",
        data_fingerprint="d",
        folder=Path("/faces"),
        files=tuple(f"{number:05d}.jpg" for number in range(count)),
        age_low=ages,
        age_high=ages.copy(),
        genders=genders,
        races=random.integers(0, 5, count),
        ages=np.maximum(ages + random.normal(0.5, 7.0, count), 0.0),
        female=1 / (1 + np.exp(-logits)),
        pixels=tuple(f"{number:032x}" for number in range(count)),
    )
    return dataclasses.replace(scored, **replaced)


def draw_faces(folder: Path, count: int = 60, seed: int = 7) -> Path:
    """Noise whose brightness tells the age and whose redness tells the gender."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for n in range(count):
        age, gender = int(random.integers(1, 90)), n % 2
        pixels = random.integers(0, 60, (128, 128, 3)) + age
        pixels[..., 0] += 80 * gender
        name = folder / f"{age}_{gender}_{n % 5}_{seed}{n:04d}.png"
        Image.fromarray(pixels.astype("uint8")).save(name)
    return folder


def trained_run(root: Path, data: str, network: Any, split_seed: int = 1) -> RunDir:
    """A run as it is once its model is saved, without the training: its parts drawn as a run draws
    them, its predictions those of `network`."""
    config = RunConfig().replace(data=data, batch_size=8, split_seed=split_seed, device="cpu")
    run = create_run(root, config)
    faces = load_faces(config, lambda *_: None)
    write_split(run.split_file, faces.index, faces.split)
    network.save(run.model_file("A"))
    part = faces.validation
    ages, genders = predictor.load_model(run.model_file("A")).raw(np.asarray(faces.pixels[part]))
    write_predictions(
        run.predictions_file,
        [faces.files[row] for row in part],
        faces.ages[part],
        faces.genders[part],
        ages,
        genders,
    )
    write_state(run, RunState(state="finished", epochs=config.epochs))
    return run


def evaluate(
    root: Path, model: Path, source: str = "", part: str = "", **more: Any
) -> EvaluationDir:
    """Plan, prepare and work, all in this process."""
    wanted = plan(model, parse_source(source) if source else None, part, **more)
    directory = prepare(root, wanted)
    work(directory, "cpu")
    return directory
