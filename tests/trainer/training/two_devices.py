"""Trains a small network on two logical CPU devices, as on two GPUs, and tells what came of it.

A process of its own (`python -m tests.trainer.training.two_devices FACES FOLDER`): devices can be
divided only before TensorFlow has started.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tests.trainer.training.test_worker import settings
from trainer.data.faces import load_faces
from trainer.prediction.calibration import read_predictions
from trainer.runs import control
from trainer.runs.event_log import read_events
from trainer.runs.events import BatchEvent
from trainer.runs.layout import create_run
from trainer.runs.state import write_state
from trainer.training import checkpoint, outputs, variables
from trainer.training.building import build_loop, image_validation
from trainer.training.finishing import finish
from trainer.training.loop import predictions
from trainer.training.replicas import Replicas
from trainer.training.session import Session, initial_state

# Nothing that is drawn, and nothing that makes of a rounding error a step of Adam's.
PLAIN = {"batch_norm": False, "block_dropout": 0, "dropout": 0, "head_dropout": 0}


def trained(run, config, faces, replicas, stop=False, resume=False, finished=False):
    """The loop of one worker, from its beginning to its end, `finished` with its files."""
    keras.utils.set_random_seed(config.seed)
    if not resume:
        write_state(run, initial_state(config.epochs))
    with Session(run) as session:
        loop = build_loop(config, faces, session, None, replicas)
        if resume:
            loop.restore(checkpoint.latest(run.checkpoints, config))
        if stop:
            control.send(run, "stop")
        ended = loop.run()
        if finished:
            finish(run, config, faces, loop, session, ended)
        session.end(ended, "", 0)
    return loop


def main(faces_folder: Path, folder: Path) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    tf.config.experimental.enable_op_determinism()
    both = Replicas(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
    config = settings(faces_folder, epochs=2, batch_size=8, device="gpus", average=0.9)
    faces = load_faces(config, lambda *_: None)
    runs = {name: create_run(folder, config) for name in ("whole", "resumed", "one", "two")}

    whole = trained(runs["whole"], config, faces, both)
    trained(runs["resumed"], config, faces, both, stop=True)
    cut = checkpoint.latest(runs["resumed"].checkpoints, config)
    resumed = trained(runs["resumed"], config, faces, both, resume=True)
    first, second = variables.capture(whole.network), variables.capture(resumed.network)

    averages = [loop.averaging.capture() for loop in (whole, resumed)]
    plain = config.replace(**PLAIN, average=0)
    one = trained(runs["one"], plain, faces, Replicas())
    several = trained(runs["two"], plain, faces, both)
    apart = [
        float(np.abs(a - b).max() / (np.abs(a).max() + 1e-6))
        for a, b in zip(
            one.network.full.get_weights(), several.network.full.get_weights(), strict=True
        )
    ]

    odd = faces.validation[:5]
    batches = image_validation(config, faces)
    batches._indices = odd
    on_two = predictions(whole.network.full, batches, both)
    outputs.save_model(runs["whole"], "A", outputs.plain_copy(whole.network.full))
    read = keras.models.load_model(runs["whole"].model_file("A"))
    alone = read.predict_on_batch(faces.pixels[odd].astype("float32") / 255)
    whole_recipe = {"age_head": "distribution", "stretch": True, "mirror": True, "members": 2}
    recipe = config.replace(**whole_recipe, shared_blocks=1)
    runs["recipe"] = create_run(folder, recipe)
    old = runs["recipe"].calibration_file
    old.write_text("of a model before")
    there = []
    save = outputs.save_model
    outputs.save_model = lambda *given: there.append(old.exists()) or save(*given)
    trained(runs["recipe"], recipe, faces, both, finished=True)
    outputs.save_model = save
    written = [row[2] for row in read_predictions(runs["recipe"].predictions_file).values()]
    saved = keras.models.load_model(runs["recipe"].model_file("A"))
    again = saved.predict_on_batch(faces.pixels[faces.validation].astype("float32") / 255)
    told = [e for e in read_events(runs["two"].events_file) if isinstance(e, BatchEvent)]
    print(
        json.dumps(
            {
                "replicas": both.count,
                "spread": [part.tolist() for part in both.spread(np.arange(4.0)).values],
                "stopped_at": [cut.epoch, cut.step],
                "same": {name: bool(np.array_equal(first[name], second[name])) for name in first},
                "same_averages": all(
                    np.array_equal(averages[0][name], averages[1][name]) for name in averages[0]
                ),
                "averaged_steps": int(averages[0]["average/steps"]),
                "same_history": _figures(whole) == _figures(resumed),
                "parts": max(first[name].ndim for name in first if name.startswith("metrics")),
                "steps": [one.training.steps_per_epoch, several.training.steps_per_epoch],
                "apart": max(apart),
                "losses": [_figures(one), _figures(several)],
                "told": [told[-1].metrics["loss"], _figures(several)[-1][0]["loss"]],
                "old_beside_new": [*there, old.exists()],
                "finished": float(np.abs(np.array(written) - again["age"][:, 0]).max()),
                "predicted": [len(on_two[0]), float(np.abs(on_two[0] - alone["age"][:, 0]).max())],
            }
        )
    )


def _figures(loop):
    return [[row["train"], row["validation"]] for row in loop.history]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
