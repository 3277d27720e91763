"""From settings and faces to a loop that is ready to run: network, compilation, batches."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from trainer.augment import Augmentation
from trainer.config import RunConfig
from trainer.data.faces import Faces
from trainer.models.network import Network
from trainer.training.batches import TrainingBatches, ValidationBatches
from trainer.training.loop import TrainingLoop
from trainer.training.session import Session
from trainer.training.stages import compile_stage


def build_loop(config: RunConfig, faces: Faces, session: Session, weights: Any) -> TrainingLoop:
    """`weights` are VGG16's (`trainer.models.vgg16_weights.ImageNetWeights`), None for model A."""
    mean_age = float(faces.ages[faces.train].mean())
    network = build_network(config, mean_age, weights)
    compile_stage(network, config, 1)
    trains = sum(int(np.prod(v.shape)) for v in network.trained.trainable_variables)
    parameters = network.full.count_params()
    session.message(
        f"network {config.model}: {parameters:,} parameters"
        + (f", {trains:,} of them trained" if network.fixed else "")
    )
    if config.feature_variants and network.frozen is not None:
        training, validation = _feature_batches(network, config, faces, session, weights)
    else:
        training, validation = _image_batches(config, faces)
    return TrainingLoop(network, training, validation, config, session, faces.identity)


def build_network(config: RunConfig, mean_age: float, weights: Any) -> Network:
    """The network of `config`, with weights but not compiled."""
    if config.model == "B":
        from trainer.models.vgg16 import build_vgg16

        return build_vgg16(config, mean_age, weights.layers if weights else None)
    from trainer.models.custom_cnn import build_custom_cnn

    model = build_custom_cnn(config, mean_age)
    return Network(model, model)


def image_validation(config: RunConfig, faces: Faces) -> ValidationBatches:
    """The validation part as images, for the network that is saved."""
    return ValidationBatches(
        faces.pixels, faces.ages, faces.genders, faces.validation, config.batch_size
    )


def _image_batches(config: RunConfig, faces: Faces) -> tuple[TrainingBatches, ValidationBatches]:
    training = TrainingBatches(
        faces.pixels,
        faces.ages,
        faces.genders,
        faces.train,
        config.batch_size,
        config.seed,
        Augmentation.from_config(config),
        workers=_workers(),
    )
    return training, image_validation(config, faces)


def _feature_batches(
    network: Network, config: RunConfig, faces: Faces, session: Session, weights: Any
) -> tuple[TrainingBatches, ValidationBatches]:
    from trainer.training.feature_batches import FeatureBatches, ValidationFeatures
    from trainer.training.features import open_features

    def progress(done: int, of: int) -> None:
        session.phase("features", done, of)

    session.phase("features", 0, 0, "running the frozen blocks")
    features = open_features(
        network.frozen, faces, config, weights.fingerprint if weights else "", progress
    )
    size, ages, genders = config.batch_size, faces.ages, faces.genders
    training = FeatureBatches(
        features.train, ages, genders, faces.train, size, config.seed, _workers()
    )
    validation = ValidationFeatures(features.validation, ages, genders, faces.validation, size)
    return training, validation


def _workers() -> int:
    """Threads that prepare batches: OpenCV lets go of the interpreter, so they scale."""
    return min(16, os.cpu_count() or 1)
