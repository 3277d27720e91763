"""Trains a small network with every ingredient of a recipe at once, whole and in two parts, and
tells what came of it.

A process of its own (`python -m tests.trainer.training.whole_recipe FACES FOLDER`): deterministic
operations stay on until the process ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from tests.trainer.training.test_worker import settings
from tests.trainer.training.two_devices import trained
from trainer.data.faces import load_faces
from trainer.explain.epochs import networks
from trainer.runs.layout import create_run
from trainer.training import checkpoint, outputs, variables
from trainer.training.averaging import averaged
from trainer.training.building import image_validation
from trainer.training.loop import predictions
from trainer.training.replicas import Replicas

EVERYTHING = {
    "filters": "4-4-4-4,8", "branches": 1, "residual": True, "squeeze": 2, "pooling": "average",
    "members": 2,
    "age_head": "distribution", "age_group_weight": 1, "age_loss": "huber", "reweight": 0.5,
    "mixup": 0.2, "erasing": 0.5, "optimizer": "adamw", "schedule": "cosine", "warmup_epochs": 1,
    "average": 0.9,
}  # fmt: skip


def main(faces_folder: Path, folder: Path) -> None:
    tf.config.experimental.enable_op_determinism()
    config = settings(faces_folder, **EVERYTHING)
    faces = load_faces(config, lambda *_: None)
    runs = {name: create_run(folder, config) for name in ("whole", "resumed")}
    whole = trained(runs["whole"], config, faces, Replicas())
    trained(runs["resumed"], config, faces, Replicas(), stop=True)
    cut = checkpoint.latest(runs["resumed"].checkpoints, config)
    resumed = trained(runs["resumed"], config, faces, Replicas(), resume=True)
    ends = [variables.capture(loop.network) | loop.averaging.capture() for loop in (whole, resumed)]

    rates = [row["learning_rate"] for row in whole.history]
    raw = variables.weights_of(whole.network, ends[0])
    kept = {one.best: network.get_weights() for one, network in networks(runs["whole"])}
    whole.use_best_weights()
    best = variables.weights(whole.network)
    file = outputs.save_model(runs["whole"], "A", outputs.plain_copy(whole.network.full))
    ages, genders = predictions(whole.network.full, image_validation(config, faces), Replicas())
    np.savez(
        folder / "said.npz",
        images=faces.pixels[faces.validation].astype("float32") / 255, ages=ages, genders=genders,
    )  # fmt: skip
    true = faces.ages[faces.validation]
    best_row = whole.history[whole.schedule.best_epoch - 1]
    print(
        json.dumps(
            {
                "stopped_at": [cut.epoch, cut.step],
                "same": {name: bool(np.array_equal(ends[0][name], ends[1][name]))
                         for name in ends[0]},
                "same_history": _figures(whole) == _figures(resumed),
                "metrics": sorted(best_row["validation"]),
                "train_metrics": sorted(best_row["train"]),
                "rates": rates,
                "validated": best_row["validation"]["age_mae"],
                "saved": float(np.abs(ages - true).mean()),
                "best_is_average_of_an_epoch": all(
                    np.array_equal(best[name], averaged(ends[0])[name]) for name in best
                ) or whole.schedule.best_epoch < len(whole.history),
                "best_is_raw": all(np.array_equal(best[name], raw[name]) for name in best),
                "epochs_kept": sorted(kept),
                "model": str(file),
            }
        )
    )  # fmt: skip


def _figures(loop):
    return [[row["train"], row["validation"], row["learning_rate"]] for row in loop.history]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
