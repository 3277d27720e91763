"""Whether averaged moving statistics do for averaged weights, or have to be found anew.

    python -m benchmarks.batch_statistics RUN

Averaged weights never saw the statistics of batch normalisation that are averaged beside them.
Izmailov et al. 2018 (arXiv:1803.05407) therefore pass the training faces through the averaged
network once more, and take the mean over all batches. Here this is done to a finished run of model
A: with the batches it trained on (varied, mixed), and with the faces as they are. What follows
training (`stretch`, `mirror`) is done again to each. Scores are of the run's validation faces.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from trainer.runs.layout import RunDir, open_run, runs_root


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run")
    parser.add_argument("--runs", metavar="DIR")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    run = open_run(runs_root(options.runs), options.run)
    if run.config().model != "A" or not run.config().batch_norm:
        parser.error(f"{run.id} has no batch normalisation")
    print(f"{run.id}\n{'statistics':36}{'age MAE, years':>16}{'gender accuracy, %':>20}")
    for name, mae, accuracy in outcomes(run):
        print(f"{name:36}{mae:16.3f}{100 * accuracy:20.2f}", flush=True)
    return 0


def outcomes(run: RunDir) -> Iterable[tuple[str, float, float]]:
    """Of each way to come by the statistics the name, age MAE (years) and accuracy (0 to 1)."""
    from trainer.augment import Augmentation
    from trainer.data.faces import load_faces
    from trainer.training import checkpoint, variables
    from trainer.training.batches import TrainingBatches
    from trainer.training.building import build_network
    from trainer.training.targets import Targets

    config = run.config()
    faces = load_faces(config, lambda *_: None)
    saved = checkpoint.latest(run.checkpoints, config)
    if saved is None or not saved.best_file:
        raise SystemExit(f"{run.id}: has no checkpoint of its best epoch")
    network = build_network(config, float(faces.ages[faces.train].mean()), None)
    best = checkpoint.load_best(run.checkpoints, saved.best_file)

    def batches(as_trained: bool) -> TrainingBatches:
        # Without targets none is mixed.
        return TrainingBatches(
            faces.pixels, faces.ages, faces.genders, faces.train, config.batch_size, config.seed,
            Augmentation.from_config(config) if as_trained else None, workers=2,
            targets=Targets(config, faces.ages[faces.train]) if as_trained else None,
        )  # fmt: skip

    for name, again in (
        ("averaged, as the run saved them", None),
        ("found anew, on training batches", batches(True)),
        ("found anew, on the faces as they are", batches(False)),
    ):
        variables.set_weights(network, best)
        if again is not None:
            find_statistics(network.full, again.epoch(saved.epoch))
        yield name, *_scores(network.full, config, faces)


def find_statistics(model: Any, batches: Iterable[Any]) -> None:
    """Give each layer of batch normalisation the mean over `batches` of their statistics."""
    import keras

    layers = [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]
    for number, (images, *_) in enumerate(batches):
        for layer in layers:
            layer.momentum = number / (number + 1)
        model(images, training=True)


def _scores(network: Any, config: Any, faces: Any) -> tuple[float, float]:
    from trainer.models.mirrored import with_mirror_image
    from trainer.training.building import image_validation
    from trainer.training.loop import predictions
    from trainer.training.outputs import final_metrics, plain_copy
    from trainer.training.replicas import Replicas
    from trainer.training.stretching import stretch

    model, alone = plain_copy(network), Replicas()
    if config.stretch:
        stretch(model, faces, config.batch_size, alone, lambda *_: None)
    if config.mirror:
        model = with_mirror_image(model)
    ages, genders = predictions(model, image_validation(config, faces), alone)
    part = faces.validation
    said = final_metrics(faces.ages[part], faces.genders[part], np.ravel(ages), np.ravel(genders))
    return said["age_mae"], said["gender_accuracy"]


if __name__ == "__main__":
    sys.exit(main())
