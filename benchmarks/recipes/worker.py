"""A process that takes recipes from a queue and trains them, one after the other."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

FOLDS = 5
# What the parts of the faces depend on, besides the faces.
SPLIT = ("fold", "folds", "split_seed", "validation_fraction", "keep_copies_together")


def work(queue: Any, began: float, out: Path, data: str, seconds: float, watch: int) -> None:
    """Until the queue gives None. `began` and `seconds`, of the monotonic clock, say from when on
    no training is begun any more; `watch` is after how many epochs one tells how it goes."""
    from benchmarks.recipes import pooling
    from benchmarks.recipes.training import Recipe
    from trainer.data.faces import Faces, load_faces
    from trainer.models.vgg16_weights import find_weights, read_weights
    from trainer.presets import preset

    pooling.use()
    known: dict[tuple[Any, ...], Faces] = {}
    weights = None
    while (job := queue.get()) is not None:
        name, config = job["name"], preset(job["preset"]).replace(data=data, **job.get("set", {}))
        if config.model == "B" and weights is None:
            weights = read_weights(find_weights("", lambda *_: None)).layers
        recipe = Recipe(config, weights, **job.get("extra", {}))
        for seed in job.get("seeds", [1]):
            for fold in job.get("folds", [0]):
                if time.monotonic() - began > seconds:
                    continue
                parts = config.replace(fold=fold, folds=FOLDS if fold else 0)
                split = tuple(getattr(parts, setting) for setting in SPLIT)
                if split not in known:
                    known[split] = load_faces(parts, lambda *_: None)

                def told(epoch: int, scores: Any, name: str = name) -> None:
                    if watch and epoch % watch == 0:
                        _tell(began, f"{name}, epoch {epoch}", scores())

                start = time.monotonic()
                trained = recipe.train(known[split], seed, told)
                took = round(time.monotonic() - start, 1)
                line = {"name": name, "seed": seed, "fold": fold, "seconds": took}
                with out.open("a") as file:
                    file.write(json.dumps({**line, **dataclasses.asdict(trained.scores)}) + "\n")
                with out.with_name(out.name.replace("results", "said")).open("a") as file:
                    file.write(json.dumps({**line, **_said(known[split], trained)}) + "\n")
                _tell(began, f"{name}, seed {seed}, fold {fold}", trained.scores)


def _said(faces: Any, trained: Any) -> dict[str, list[float]]:
    """What a training says of the validation faces, and what is true."""
    return {
        "true_ages": faces.ages[faces.validation].tolist(),
        "true_genders": faces.genders[faces.validation].tolist(),
        "ages": trained.ages.astype("float64").round(3).tolist(),
        "genders": trained.genders.astype("float64").round(5).tolist(),
    }


def _tell(began: float, what: str, scores: Any) -> None:
    print(
        f"{time.monotonic() - began:6.0f} s  {what}: {scores.age_mae:.2f} years, "
        f"{100 * scores.gender_accuracy:.1f} %; training faces {scores.train_age_mae:.2f}, "
        f"{100 * scores.train_gender_accuracy:.1f}",
        flush=True,
    )
